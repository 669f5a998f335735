namespace Rke.Gateway.Hosting;

/// <summary>The help text, and the check of the command line: a mistyped command must not start a gateway.</summary>
internal static class Usage
{
    private const string Text = """
        Usage:
          rke-gateway                     run the gateway with the settings of appsettings.json and the environment
          rke-gateway --Rke:Key=value …   run the gateway with further settings (docs/CONFIGURATION.md)
          rke-gateway demo                run a key exchange in this process and show its datagrams
        """;

    /// <summary>Whether the arguments request the help text.</summary>
    public static bool IsRequested(string[] args) => args is ["--help" or "-h" or "-?" or "help", ..];

    /// <summary>Whether the first argument is neither a command nor a setting, or <c>demo</c> has further arguments.</summary>
    public static bool IsInvalid(string[] args) =>
        args is [var first, ..] && first is not (['-' or '/', ..]) && !first.Contains('=');

    public static async Task<int> WriteAsync(TextWriter writer, int code)
    {
        await writer.WriteLineAsync(Text);
        return code;
    }
}
