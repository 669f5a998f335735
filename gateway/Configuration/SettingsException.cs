namespace Rke.Gateway.Configuration;

/// <summary>The configuration is invalid. The message has one line per problem, with the key and the fix.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems => problems;
}
