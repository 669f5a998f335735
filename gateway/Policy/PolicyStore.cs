using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Policy;

/// <summary>The policy in force: the newest good one of its file. What no rule allows is denied.</summary>
internal sealed class PolicyStore(PolicySettings settings) : IReloadable
{
    private const int MostLength = 1 << 20;

    private volatile IReadOnlyList<PolicyRule> _rules = [];

    public string Name => ReloadMeter.Policy;

    public IReadOnlyList<string> Paths { get; } = [settings.Path!];

    /// <summary>What a caller may do with a method; null = nothing.</summary>
    public Permit? Find(CallerIdentity caller, string method)
    {
        var rules = _rules.Where(rule => rule.IsFor(caller, method)).ToList();
        return rules.Count == 0 ? null : new(rules);
    }

    public string? TryLoad()
    {
        try
        {
            var bytes = File.ReadAllBytes(settings.Path!);
            if (bytes.Length > MostLength)
            {
                return $"The policy '{settings.Path}' is longer than {MostLength} bytes; use fewer rules.";
            }

            if (PolicyFile.TryRead(bytes, out var problems) is not { } rules)
            {
                return $"The policy '{settings.Path}' is refused: {string.Join("; ", problems)}.";
            }

            _rules = rules;
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The policy '{settings.Path}' cannot be read: {exception.Message}";
        }
    }
}
