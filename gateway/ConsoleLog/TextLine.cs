using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Console;
using Rke.UdpBridge;

namespace Rke.Gateway.ConsoleLog;

/// <summary>
/// Formats a line like the formatter <c>simple</c> of the framework with <c>SingleLine</c>, but as UTF-8 and without strings:
/// <c>2026-01-02T03:04:05.678Z info: Rke.Audit[1600] message</c>.
/// </summary>
internal sealed class TextLine
{
    private const string ForcedColors = "DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION";

    private readonly string? _timestampFormat;
    private readonly bool _isUtc;
    private readonly TimeProvider _timeProvider;

    private TextLine(string? timestampFormat, bool isUtc, TimeProvider timeProvider) =>
        (_timestampFormat, _isUtc, _timeProvider) = (timestampFormat, isUtc, timeProvider);

    /// <summary>Null if the lines have colors, scopes or several lines.</summary>
    public static TextLine? TryCreate(SimpleConsoleFormatterOptions options, TimeProvider timeProvider)
    {
        var hasColors = options.ColorBehavior == LoggerColorBehavior.Enabled
            || (options.ColorBehavior == LoggerColorBehavior.Default
                && (!Console.IsOutputRedirected || Environment.GetEnvironmentVariable(ForcedColors) is not null));
        return options.SingleLine && !options.IncludeScopes && !hasColors
            ? new(options.TimestampFormat, options.UseUtcTimestamp, timeProvider)
            : null;
    }

    /// <summary>Returns false if the line does not fit.</summary>
    public bool TryWrite<TMessage>(
        Span<byte> line, LogLevel level, string category, EventId eventId, TMessage message, out int length)
        where TMessage : IUtf8SpanFormattable
    {
        length = 0;
        if (_timestampFormat is not null)
        {
            var now = TimeOfDay.Now(_timeProvider);
            now = _isUtc ? now : now.ToLocalTime();
            if (!now.TryFormat(line, out length, _timestampFormat, CultureInfo.CurrentCulture))
            {
                return false;
            }
        }

        if (!TryAppend(line, ref length, LevelOf(level))
            || !TryAppend(line, ref length, category)
            || !TryAppend(line, ref length, "["u8)
            || !eventId.Id.TryFormat(line[length..], out var idLength))
        {
            return false;
        }

        length += idLength;
        if (!TryAppend(line, ref length, "] "u8)
            || !message.TryFormat(line[length..], out var messageLength, default, CultureInfo.InvariantCulture))
        {
            return false;
        }

        line.Slice(length, messageLength).Replace((byte)'\n', (byte)' ');
        length += messageLength;
        return TryAppend(line, ref length, "\n"u8);
    }

    private static ReadOnlySpan<byte> LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce: "u8,
        LogLevel.Debug => "dbug: "u8,
        LogLevel.Information => "info: "u8,
        LogLevel.Warning => "warn: "u8,
        LogLevel.Error => "fail: "u8,
        _ => "crit: "u8,
    };

    private static bool TryAppend(Span<byte> line, ref int length, ReadOnlySpan<byte> text)
    {
        if (!text.TryCopyTo(line[length..]))
        {
            return false;
        }

        length += text.Length;
        return true;
    }

    private static bool TryAppend(Span<byte> line, ref int length, string text)
    {
        if (!Encoding.UTF8.TryGetBytes(text, line[length..], out var written))
        {
            return false;
        }

        length += written;
        return true;
    }
}
