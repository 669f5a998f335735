using System.Text;
using Rke.Fuzz.Driving;
using Rke.Gateway.Identity;

namespace Rke.Fuzz.Targets;

/// <summary>
/// The headers in which Envoy and Linkerd forward the identity of a caller. A caller controls the text before the last
/// element, if the proxy appends. That text must never replace the identity in the last element.
/// </summary>
internal sealed class ForwardedCertificateTarget() : FuzzTarget("forwarded-certificate")
{
    private const string Real = "spiffe://mesh/ns/shop/sa/orders";

    private static readonly string[] LastElements =
    [
        $"By=spiffe://mesh/ns/rke/sa/gateway;Hash=0a1b;Subject=\"\";URI={Real}",
        $"By=spiffe://mesh/ns/rke/sa/gateway;Hash=0a1b;URI={Real}",
        $"Hash=0a1b;Subject=\"CN=orders,O=shop\";URI={Real};DNS=orders.shop;DNS=orders",
    ];

    public override int MaxLength => 20_000;

    public override bool IsText => true;

    // Four readings, of which each allocates the text of every value.
    public override long AllocationLimit(int inputLength) => (64 << 10) + (128L * inputLength);

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((string[])
            ["URI=", "DNS=", "By=", "Hash=", "Subject=", "Cert=", "Chain=", "\"", "\\\"", "\\", ",", ";", "=", "spiffe://evil", " ", $"URI={Real}"])
            .Select(Encoding.ASCII.GetBytes),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.Latin1.GetString(input);
        if (ForwardedCertificate.TryRead(text, out var identity))
        {
            CheckIdentity(identity);
        }

        foreach (var last in LastElements)
        {
            PropertyViolation.Unless(
                !ForwardedCertificate.TryRead($"{text},{last}", out var found) || found?.Name == Real,
                "The text of a caller replaces the identity of the last element.");
        }

        if (LinkerdClientId.TryRead(text, out var client))
        {
            PropertyViolation.Unless(
                client is { Kind: CallerKind.Forwarded } && !client.Name.AsSpan().ContainsAnyExceptInRange('!', '~'),
                "An identity of Linkerd has characters that are not printable.");
        }
        else
        {
            PropertyViolation.Unless(client is null, "An invalid header of Linkerd has an identity.");
        }
    }

    private static void CheckIdentity(CallerIdentity? identity)
    {
        if (identity is null)
        {
            return;
        }

        PropertyViolation.Unless(identity is { Kind: CallerKind.Forwarded, Name.Length: > 0 }, "An identity has no name.");
        var (key, value) = identity.Name.StartsWith("dns:", StringComparison.Ordinal)
            ? ("DNS", identity.Name[4..])
            : ("URI", identity.Name);
        var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        var header = $"{key}=\"{quoted}\"";
        foreach (var written in (string[])[header, $"Hash=x,{header}"])
        {
            PropertyViolation.Unless(
                written.Length > 16 << 10
                || (ForwardedCertificate.TryRead(written, out var again) && (again == identity || identity.Name.StartsWith("dns:", StringComparison.Ordinal))),
                "An identity changes when it is written and read.");
        }
    }
}
