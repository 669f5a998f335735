using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Rke.Cli;

/// <summary>The option with the folder of the key store, and options of its commands.</summary>
internal static class StoreOption
{
    public static Option<string> Create() => new("--store")
    {
        Description = "The folder of the key store. Environment variable: RKE_KEY_STORE.",
        HelpName = "folder",
        DefaultValueFactory = _ => KeyStore.DefaultFolder,
    };

    public static KeyStore Read(ParseResult parsed, Option<string> option) => new(parsed.GetRequiredValue(option));

    /// <summary>An option with a time such as 12h or 30d.</summary>
    public static Option<TimeSpan?> Lifetime(string name, string description) => new(name)
    {
        Description = $"{description} A time such as 90m, 12h or 30d.",
        HelpName = "time",
        CustomParser = ParseLifetime,
    };

    private static TimeSpan? ParseLifetime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var unit = text.Length == 0 ? TimeSpan.Zero : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        if (unit > TimeSpan.Zero
            && uint.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and <= 1_000_000 && count * unit <= TimeSpan.FromDays(36_500))
        {
            return count * unit;
        }

        result.AddError($"{((OptionResult)result.Parent!).Option.Name} must be a time such as 90m, 12h or 30d, at most 36500d.");
        return null;
    }
}
