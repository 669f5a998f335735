using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Rke.Gateway.Calls;
using Rke.Gateway.ConsoleLog;
using Rke.Gateway.Identity;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Tests.ConsoleLog;

public sealed class TextLineTests
{
    private const string Category = "Rke.Audit";

    [Theory]
    [InlineData("anonymous")]
    [InlineData("spiffe://example.org/shop")]
    [InlineData("cn:two\nlines\r\n\"\\ and \u00e4\u20ac\ud83d\ude00 \ud800 \u001b[31m")]
    [InlineData("")]
    public void A_line_has_the_same_bytes_as_that_of_the_formatter_of_the_framework(string name)
    {
        var part = Part(name);
        foreach (var level in Enum.GetValues<LogLevel>().Except([LogLevel.None]))
        {
            var entry = new LogEntry<HandedOutPart>(level, Category, new(1600), part, null, (state, _) => state.ToString());
            var expected = new StringWriter();
            Formatter().Write(entry, scopeProvider: null, expected);

            var line = new byte[2000];
            Assert.True(TextLine.TryCreate(Options(), TimeProvider.System)!.TryWrite(line, level, Category, new(1600), part, out var length));
            Assert.Equal(Encoding.UTF8.GetBytes(expected.ToString()), line[..length]);
        }
    }

    [Fact]
    public void A_line_that_does_not_fit_is_refused_at_each_length()
    {
        var text = TextLine.TryCreate(Options(), TimeProvider.System)!;
        var line = new byte[2000];
        Assert.True(text.TryWrite(line, LogLevel.Information, Category, new(1600), Part("caller"), out var length));
        for (var size = 0; size < length; size++)
        {
            Assert.False(text.TryWrite(line.AsSpan(0, size), LogLevel.Information, Category, new(1600), Part("caller"), out _));
        }

        Assert.True(text.TryWrite(line.AsSpan(0, length), LogLevel.Information, Category, new(1600), Part("caller"), out _));
    }

    [Fact]
    public void Colors_scopes_and_several_lines_are_left_to_the_formatter_of_the_framework()
    {
        foreach (var change in (Action<SimpleConsoleFormatterOptions>[])
        [
            options => options.ColorBehavior = LoggerColorBehavior.Enabled,
            options => options.IncludeScopes = true,
            options => options.SingleLine = false,
        ])
        {
            var options = Options();
            change(options);
            Assert.Null(TextLine.TryCreate(options, TimeProvider.System));
        }
    }

    [Fact]
    public void The_values_of_a_handed_out_part_are_those_of_its_text()
    {
        var part = Part("caller");
        var values = part.ToDictionary(pair => pair.Key, pair => Convert.ToString(pair.Value, CultureInfo.InvariantCulture)!);
        var text = values["{OriginalFormat}"];
        foreach (var (key, value) in values)
        {
            text = text.Replace($"{{{key}}}", value, StringComparison.Ordinal);
        }

        Assert.Equal(text, part.ToString());
        Assert.Equal(["Caller", "CallerKind", "Network", "RaidaId", "KeyIdHashDigest", "{OriginalFormat}"], part.Select(pair => pair.Key));
        Assert.Throws<ArgumentOutOfRangeException>(() => part[part.Count]);
    }

    private static HandedOutPart Part(string name) => new(
        new(CallerKind.Certificate, name), new ServerId(6, 14), PartDigest.Of(KeyIdHash.Read(new byte[KeyIdHash.Length])));

    private static SimpleConsoleFormatterOptions Options() => new() { SingleLine = true, ColorBehavior = LoggerColorBehavior.Disabled };

    private static ConsoleFormatter Formatter()
    {
        using var provider = new ServiceCollection()
            .AddLogging(logging => logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            }))
            .BuildServiceProvider();
        return provider.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == ConsoleFormatterNames.Simple);
    }
}
