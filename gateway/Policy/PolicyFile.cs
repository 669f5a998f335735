using System.Text.Json;
using System.Text.Json.Serialization;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Policy;

/// <summary>The JSON of the policy file (docs/SECURITY.md).</summary>
internal sealed record PolicyFile
{
    [JsonRequired]
    public IReadOnlyList<Rule?>? Rules { get; init; }

    /// <summary>Reads the file. Returns null and all problems if it is invalid.</summary>
    public static IReadOnlyList<PolicyRule>? TryRead(ReadOnlySpan<byte> json, out IReadOnlyList<string> problems)
    {
        try
        {
            var found = new List<string>();
            var file = JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyFile);
            var rules = file?.Rules?.Select((rule, index) => (rule ?? new()).Read($"rules[{index}]", found)).ToList();
            problems = rules is null ? ["it is null; write an object with rules"] : found;
            return problems.Count == 0 ? rules : null;
        }
        catch (JsonException exception)
        {
            problems = [exception.Message];
            return null;
        }
    }

    internal sealed record Rule
    {
        [JsonRequired]
        public IReadOnlyList<string?>? Callers { get; init; }

        [JsonRequired]
        public IReadOnlyList<string?>? Methods { get; init; }

        public IReadOnlyList<ushort>? Networks { get; init; }

        public IReadOnlyList<string?>? Coins { get; init; }

        public IReadOnlyList<string?>? Peers { get; init; }

        public PolicyRule Read(string path, List<string> problems)
        {
            CheckPatterns(Callers ?? [], $"{path}.callers", problems);
            CheckPatterns(Methods ?? [], $"{path}.methods", problems);
            foreach (var method in (Methods ?? []).OfType<string>().Where(method => method.StartsWith('/')))
            {
                problems.Add($"{path}.methods: '{method}' begins with a slash; write rke.v1.RkeService/PostKey");
            }

            if (Peers is not null)
            {
                CheckPatterns(Peers, $"{path}.peers", problems);
            }

            var coins = new List<CoinRange>();
            foreach (var text in Coins ?? [])
            {
                if (CoinRange.TryParse(text ?? "", out var range))
                {
                    coins.Add(range);
                }
                else
                {
                    problems.Add($"{path}.coins: '{text}' is not a coin or a range; write 1500, 1000-1999 or 0/1000-1999");
                }
            }

            return new([.. (Callers ?? []).OfType<string>()], [.. (Methods ?? []).OfType<string>()], Networks ?? [], coins)
            {
                Peers = [.. (Peers ?? []).OfType<string>()],
            };
        }

        private static void CheckPatterns(IReadOnlyList<string?> patterns, string path, List<string> problems)
        {
            if (patterns.Count == 0)
            {
                problems.Add($"{path}: is empty; write at least one, or remove it");
            }

            foreach (var pattern in patterns)
            {
                if (string.IsNullOrWhiteSpace(pattern) || pattern[..^1].Contains('*'))
                {
                    problems.Add($"{path}: '{pattern}' is not a pattern; write a whole name, or a prefix and * at its end");
                }
            }
        }
    }
}

/// <summary>Reads the JSON. Unknown and duplicate properties are errors.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PolicyFile))]
internal sealed partial class PolicyJson : JsonSerializerContext;
