using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Rke.Gateway.Identity;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Policy;

/// <summary>The last valid version of the policy file. It denies what no rule allows.</summary>
internal sealed class PolicyStore(IOptions<PolicyOptions> options) : IReloadable
{
    private const int MaxLength = 1 << 20;

    private readonly string _path = options.Value.Path!;
    private volatile LoadedPolicy _policy = new([]);

    public string Name => ReloadMeter.Policy;

    public IReadOnlyList<string> Paths { get; } = [options.Value.Path!];

    /// <summary>What a caller may use with a method; null if the caller may not call it.</summary>
    public Permit? Find(CallerIdentity caller, string method) => _policy.Find(caller, method);

    public string? TryLoad()
    {
        if (RegularFile.TryRead(_path, MaxLength, out var problem) is not { } bytes)
        {
            return $"The policy '{_path}' {problem}.";
        }

        if (PolicyFile.TryRead(bytes, out var problems) is not { } rules)
        {
            return $"The policy '{_path}' is invalid: {string.Join("; ", problems)}.";
        }

        _policy = new(rules);
        return null;
    }

    /// <summary>The rules of one version of the file, and the decisions for the callers that have called.</summary>
    private sealed class LoadedPolicy(IReadOnlyList<PolicyRule> rules)
    {
        // The issuer of tokens and certificates chooses the names, so their number has a limit.
        private const int MaxDecisions = 10_000;

        private readonly ConcurrentDictionary<(CallerIdentity Caller, string Method), Permit?> _decisions = new();

        public Permit? Find(CallerIdentity caller, string method)
        {
            if (_decisions.TryGetValue((caller, method), out var permit))
            {
                return permit;
            }

            if (_decisions.Count >= MaxDecisions)
            {
                _decisions.Clear();
            }

            return _decisions.GetOrAdd((caller, method), Decide(caller, method));
        }

        private Permit? Decide(CallerIdentity caller, string method)
        {
            var matching = rules.Where(rule => rule.IsFor(caller, method)).ToList();
            return matching.Count == 0 ? null : new(matching);
        }
    }
}
