namespace Rke.Gateway.Hosting;

/// <summary>How the program is called: a mistyped command must not start a gateway instead.</summary>
internal static class Usage
{
    private const string Text = """
        Usage:
          rke-gateway                     serve, as appsettings.json and the environment say
          rke-gateway --Rke:Key=value …   the same, with settings of docs/CONFIGURATION.md
          rke-gateway demo                run one key exchange inside this process and show it
        """;

    /// <summary>Whether the caller wants to know.</summary>
    public static bool Asks(string[] args) => args is ["--help" or "-h" or "-?" or "help", ..];

    /// <summary>Whether it begins with a word that is neither a command nor a setting, or adds something to the demo.</summary>
    public static bool IsWrong(string[] args) =>
        args is [var first, ..] && first is not (['-' or '/', ..]) && !first.Contains('=');

    public static async Task<int> TellAsync(TextWriter writer, int code)
    {
        await writer.WriteLineAsync(Text);
        return code;
    }
}
