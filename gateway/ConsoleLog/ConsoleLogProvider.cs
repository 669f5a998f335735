using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Rke.Gateway.ConsoleLog;

/// <summary>
/// Writes the log to the console, in the place of the provider of the framework, with the same settings (<c>Logging:Console</c>) and the
/// same formatters. It differs in the way to the console: the caller formats the line as UTF-8, and <see cref="LineWriter"/> writes many
/// lines at once.
/// </summary>
[ProviderAlias("Console")]
internal sealed class ConsoleLogProvider : ILoggerProvider, ISupportExternalScope
{
    private readonly Dictionary<string, ConsoleFormatter> _formatters;
    private readonly TimeProvider _timeProvider;
    private readonly IDisposable?[] _subscriptions;
    private readonly Lazy<LineWriter> _output = new(() => new(Console.OpenStandardOutput()));
    private readonly Lazy<LineWriter> _error = new(() => new(Console.OpenStandardError()));
    private IExternalScopeProvider? _scopes;
    private volatile ConsoleFormat _format;

    public ConsoleLogProvider(
        IOptionsMonitor<ConsoleLoggerOptions> options,
        IOptionsMonitor<SimpleConsoleFormatterOptions> text,
        IEnumerable<ConsoleFormatter> formatters,
        TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _formatters = formatters.ToDictionary(formatter => formatter.Name, StringComparer.OrdinalIgnoreCase);
        _format = FormatOf(options.CurrentValue, text.CurrentValue);
        _subscriptions =
        [
            options.OnChange(changed => _format = FormatOf(changed, text.CurrentValue)),
            text.OnChange(changed => _format = FormatOf(options.CurrentValue, changed)),
        ];
    }

    public ILogger CreateLogger(string categoryName) => new ConsoleLogger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Writes all lines.</summary>
    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription?.Dispose();
        }

        foreach (var writer in (Lazy<LineWriter>[])[_output, _error])
        {
            if (writer.IsValueCreated)
            {
                writer.Value.Dispose();
            }
        }
    }

    private ConsoleFormat FormatOf(ConsoleLoggerOptions options, SimpleConsoleFormatterOptions text)
    {
        var formatter = options.FormatterName is { } name && _formatters.TryGetValue(name, out var named)
            ? named
            : _formatters[ConsoleFormatterNames.Simple];
        return new(
            formatter,
            formatter.Name == ConsoleFormatterNames.Simple ? TextLine.TryCreate(text, _timeProvider) : null,
            options.LogToStandardErrorThreshold);
    }

    private LineWriter WriterOf(LogLevel level) => (level >= _format.ErrorThreshold ? _error : _output).Value;

    /// <param name="Formatter">The formatter of the framework.</param>
    /// <param name="Text">Makes the same lines as the formatter without strings. Null if it cannot.</param>
    private sealed record ConsoleFormat(ConsoleFormatter Formatter, TextLine? Text, LogLevel ErrorThreshold);

    private sealed class ConsoleLogger(ConsoleLogProvider provider, string category) : ILogger
    {
        private const int MinLineSize = 1024;

        [ThreadStatic]
        private static StringWriter? _text;

        [ThreadStatic]
        private static byte[]? _line;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var format = provider._format;
            var line = _line ??= new byte[MinLineSize];
            if (format.Text is not null
                && exception is null
                && state is IUtf8SpanFormattable
                && format.Text.TryWrite(line, logLevel, category, eventId, (IUtf8SpanFormattable)state, out var length))
            {
                provider.WriterOf(logLevel).Write(line.AsSpan(0, length));
                return;
            }

            WriteFormatted(format.Formatter, new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
        }

        [SuppressMessage("Usage", "CA2213", Justification = "A StringWriter holds nothing to dispose.")]
        private void WriteFormatted<TState>(ConsoleFormatter formatter, in LogEntry<TState> entry)
        {
            // A formatter can log, for example from the ToString of a value.
            var writer = _text ?? new StringWriter();
            _text = null;
            formatter.Write(entry, provider._scopes, writer);
            var text = writer.GetStringBuilder();
            if (text.Length > 0)
            {
                var size = Encoding.UTF8.GetMaxByteCount(text.Length);
                if (_line!.Length < size)
                {
                    _line = new byte[size];
                }

                var line = _line;
                var length = Encode(text, line);
                provider.WriterOf(entry.LogLevel).Write(line.AsSpan(0, length));
                if (line.Length > LineWriter.MaxPending)
                {
                    _line = null;
                }
            }

            if (text.Capacity <= LineWriter.MaxPending)
            {
                text.Clear();
                _text = writer;
            }
        }

        // The encoder joins characters that two chunks share.
        private static int Encode(StringBuilder text, byte[] line)
        {
            var encoder = Encoding.UTF8.GetEncoder();
            var length = 0;
            foreach (var chunk in text.GetChunks())
            {
                length += encoder.GetBytes(chunk.Span, line.AsSpan(length), flush: false);
            }

            return length + encoder.GetBytes([], line.AsSpan(length), flush: true);
        }
    }
}

/// <summary>Replaces the console provider of the framework.</summary>
internal static class ConsoleLogRegistration
{
    public static void AddConsoleLog(this IServiceCollection services)
    {
        for (var index = 0; index < services.Count; index++)
        {
            if (services[index].ServiceType == typeof(ILoggerProvider)
                && services[index].ImplementationType == typeof(ConsoleLoggerProvider))
            {
                services[index] = ServiceDescriptor.Singleton<ILoggerProvider, ConsoleLogProvider>();
            }
        }
    }
}
