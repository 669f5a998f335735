using System.Buffers;

namespace Rke.Gateway.Identity;

/// <summary>
/// The header l5d-client-id of Linkerd's proxy. It contains the name in the certificate of the client's proxy:
/// <c>account.namespace.serviceaccount.identity.linkerd.cluster.local</c>, or a SPIFFE ID.
/// </summary>
internal static class LinkerdClientId
{
    public const string Header = "l5d-client-id";

    private const string Spiffe = "spiffe://";
    private const int MaxDnsNameLength = 253;
    private const int MaxSpiffeIdLength = 2048;

    private static readonly SearchValues<char> DnsCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

    private static readonly SearchValues<char> SpiffeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/");

    /// <summary>Returns false if the header is invalid.</summary>
    /// <param name="identity">The same name as from the certificate itself.</param>
    public static bool TryRead(string text, out CallerIdentity? identity)
    {
        var isSpiffeId = text.StartsWith(Spiffe, StringComparison.Ordinal);
        identity = (isSpiffeId ? IsSpiffeId(text) : IsDnsName(text))
            ? new(CallerKind.Forwarded, isSpiffeId ? text : $"dns:{text}")
            : null;
        return identity is not null;
    }

    private static bool IsDnsName(string text) =>
        text.Length is > 0 and <= MaxDnsNameLength && !text.AsSpan().ContainsAnyExcept(DnsCharacters)
        && text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal);

    private static bool IsSpiffeId(string text) =>
        text.Length > Spiffe.Length && text.Length <= MaxSpiffeIdLength
        && !text.AsSpan(Spiffe.Length).ContainsAnyExcept(SpiffeCharacters) && text[Spiffe.Length] != '/';
}
