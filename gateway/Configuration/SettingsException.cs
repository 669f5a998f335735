namespace Rke.Gateway.Configuration;

/// <summary>The gateway cannot start as it is configured. The message has one line a problem.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems => problems;
}
