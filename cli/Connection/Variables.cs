namespace Rke.Cli;

/// <summary>The environment variables of the options that all commands have.</summary>
internal static class Variables
{
    /// <summary>Null if the variable is not set, or empty.</summary>
    public static string? Get(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
