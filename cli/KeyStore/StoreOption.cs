using System.CommandLine;
using System.CommandLine.Parsing;
using Rke.UdpBridge;

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
        Description = $"{description} A time such as 12h, 30d or 1d12h.",
        HelpName = "time",
        CustomParser = ParseLifetime,
    };

    private static TimeSpan? ParseLifetime(ArgumentResult result)
    {
        if (DurationText.TryParse(result.Tokens[0].Value, out var time) && time > TimeSpan.Zero && time <= TimeSpan.FromDays(36_500))
        {
            return time;
        }

        result.AddError($"{((OptionResult)result.Parent!).Option.Name} must be a time such as 12h, 30d or 1d12h, at most 36500d.");
        return null;
    }
}
