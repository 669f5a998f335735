using System.Buffers;

namespace Rke.Gateway.Identity;

/// <summary>
/// The header l5d-client-id, as Linkerd's proxy writes it: the name in the certificate of the proxy that it talks to,
/// <c>account.namespace.serviceaccount.identity.linkerd.cluster.local</c>, or a SPIFFE ID.
/// </summary>
internal static class LinkerdClientId
{
    public const string Header = "l5d-client-id";

    private const string Spiffe = "spiffe://";
    private const int MostOfDnsName = 253;
    private const int MostOfSpiffeId = 2048;

    private static readonly SearchValues<char> DnsCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

    private static readonly SearchValues<char> SpiffeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/");

    /// <summary>False when it cannot be read; then nothing in it counts.</summary>
    /// <param name="identity">Named as its certificate would be.</param>
    public static bool TryRead(string text, out CallerIdentity? identity)
    {
        var isSpiffeId = text.StartsWith(Spiffe, StringComparison.Ordinal);
        identity = (isSpiffeId ? IsSpiffeId(text) : IsDnsName(text))
            ? new(CallerKind.Forwarded, isSpiffeId ? text : $"dns:{text}")
            : null;
        return identity is not null;
    }

    private static bool IsDnsName(string text) =>
        text.Length is > 0 and <= MostOfDnsName && !text.AsSpan().ContainsAnyExcept(DnsCharacters)
        && text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal);

    private static bool IsSpiffeId(string text) =>
        text.Length > Spiffe.Length && text.Length <= MostOfSpiffeId
        && !text.AsSpan(Spiffe.Length).ContainsAnyExcept(SpiffeCharacters) && text[Spiffe.Length] != '/';
}
