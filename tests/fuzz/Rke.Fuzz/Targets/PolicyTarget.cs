using System.Globalization;
using System.Text;
using System.Text.Json;
using Rke.Fuzz.Driving;
using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;
using Rke.Gateway.Policy;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>Policy files: a file is valid or has problems, and its decisions do not change when it is written and read.</summary>
internal sealed class PolicyTarget() : FuzzTarget("policy")
{
    private static readonly CallerIdentity[] Callers =
    [
        CallerIdentity.Anonymous,
        new(CallerKind.Token, "anonymous"),
        new(CallerKind.Certificate, "spiffe://mesh/ns/shop/sa/orders"),
        new(CallerKind.Forwarded, "dns:orders.example.com"),
        new(CallerKind.Token, "jwt:https://issuer.example#orders"),
    ];

    private static readonly string[] Methods =
        ["rke.v1.RkeService/PostKey", "rke.v1.RkeService/GetKey", "rke.v1.RkeSessionService/ClaimSession"];

    private static readonly CoinId[] Coins = [new(0, 1000), new(0, 1999), new(1, 1500), new(-128, 0), new(127, uint.MaxValue)];

    public override bool IsText => true;

    // The target also writes the policy as JSON and reads it again.
    public override long AllocationLimit(int inputLength) => (512 << 10) + (1024L * inputLength);

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((string[])
        [
            "\"rules\":[", "\"callers\":[", "\"methods\":[", "\"networks\":[", "\"coins\":[", "\"peers\":[", "\"unknown\"", "\"*\"", "\"anonymous\"", "null", "{", "}", "[",
            "]", ",", "\\ud800", "\\u0000", "\"0/1000-1999\"", "\"1500\"", "\"-128/0-4294967295\"", "65535", "65536", "-1", "1e2", "//\n", "/**/",
            "\"spiffe://*\"", "\"rke.v1.*\"",
        ]).Select(Encoding.ASCII.GetBytes),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (PolicyFile.TryRead(input, out var problems) is not { } rules)
        {
            PropertyViolation.Unless(problems.Count > 0 && problems.All(problem => problem.Length > 0), "An invalid policy has no problem.");
            return;
        }

        PropertyViolation.Unless(problems.Count == 0, "A valid policy has problems.");
        var written = Write(rules);
        if (PolicyFile.TryRead(written, out problems) is not { } again)
        {
            throw new PropertyViolation($"A written policy is invalid: {string.Join("; ", problems)}");
        }

        foreach (var caller in Callers)
        {
            foreach (var method in Methods)
            {
                CheckDecision(
                    rules.Where(rule => rule.IsFor(caller, method)).ToList(), again.Where(rule => rule.IsFor(caller, method)).ToList());
            }
        }

        // A rule for anonymous callers is the only way in for them.
        PropertyViolation.Unless(
            rules.Any(rule => rule.Callers.Contains("anonymous")) || !rules.Any(rule => rule.IsFor(CallerIdentity.Anonymous, Methods[0])),
            "An anonymous caller is allowed without a rule that names it.");
    }

    private static void CheckDecision(List<PolicyRule> rules, List<PolicyRule> again)
    {
        PropertyViolation.Unless(rules.Count == again.Count, "A decision changes when the policy is written and read.");
        var (first, second) = (new Permit(rules), new Permit(again));
        foreach (var peer in (string[])["shop", "billing", "unknown"])
        {
            PropertyViolation.Unless(
                first.AllowsPeer(peer) == second.AllowsPeer(peer), "A permit changes when the policy is written and read.");
        }

        foreach (ushort network in (ushort[])[0, 6, 65535])
        {
            foreach (var coin in Coins)
            {
                PropertyViolation.Unless(
                    first.Allows(network, coin) == second.Allows(network, coin), "A permit changes when the policy is written and read.");
            }

            PropertyViolation.Unless(
                first.Among(network, Coins).All(coin => first.Allows(network, coin)), "A coin is listed that is not allowed.");
        }
    }

    private static byte[] Write(IEnumerable<PolicyRule> rules)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("rules");
            foreach (var rule in rules)
            {
                writer.WriteStartObject();
                WriteTexts(writer, "callers", rule.Callers);
                WriteTexts(writer, "methods", rule.Methods);
                WriteTexts(writer, "coins", rule.Coins.Select(TextOf));
                if (rule.Peers.Count > 0)
                {
                    WriteTexts(writer, "peers", rule.Peers);
                }

                writer.WriteStartArray("networks");
                foreach (var network in rule.Networks)
                {
                    writer.WriteNumberValue(network);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static string TextOf(CoinRange range) => string.Create(
        CultureInfo.InvariantCulture, $"{(range.Denomination is { } denomination ? $"{denomination}/" : "")}{range.First}-{range.Last}");
}
