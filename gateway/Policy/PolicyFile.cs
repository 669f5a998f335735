using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rke.Gateway.Policy;

/// <summary>The policy as it is written (docs/SECURITY.md).</summary>
internal sealed record PolicyFile
{
    [JsonRequired]
    public IReadOnlyList<Rule?>? Rules { get; init; }

    /// <summary>Reads it; null and all problems when it is not right.</summary>
    public static IReadOnlyList<PolicyRule>? TryRead(ReadOnlySpan<byte> json, out IReadOnlyList<string> problems)
    {
        try
        {
            var found = new List<string>();
            var file = JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyFile);
            var rules = file?.Rules?.Select((rule, index) => (rule ?? new()).Read($"rules[{index}]", found)).ToList();
            problems = rules is null ? ["it has no rules and is null"] : found;
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

        public PolicyRule Read(string path, List<string> problems)
        {
            CheckPatterns(Callers ?? [], $"{path}.callers", problems);
            CheckPatterns(Methods ?? [], $"{path}.methods", problems);
            foreach (var method in (Methods ?? []).OfType<string>().Where(method => method.StartsWith('/')))
            {
                problems.Add($"{path}.methods: '{method}' begins with a slash; write rke.v1.RkeService/PostKey");
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
                    problems.Add($"{path}.coins: '{text}' cannot be used; write 1500, 1000-1999 or 0/1000-1999");
                }
            }

            return new([.. (Callers ?? []).OfType<string>()], [.. (Methods ?? []).OfType<string>()], Networks ?? [], coins);
        }

        private static void CheckPatterns(IReadOnlyList<string?> patterns, string path, List<string> problems)
        {
            if (patterns.Count == 0)
            {
                problems.Add($"{path}: is empty; a rule for nobody is no rule");
            }

            foreach (var pattern in patterns)
            {
                if (string.IsNullOrWhiteSpace(pattern) || pattern[..^1].Contains('*'))
                {
                    problems.Add($"{path}: '{pattern}' cannot be used; write a whole name, or a beginning and * at its end");
                }
            }
        }
    }
}

/// <summary>How the file is read: what it does not know is a mistake.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PolicyFile))]
internal sealed partial class PolicyJson : JsonSerializerContext;
