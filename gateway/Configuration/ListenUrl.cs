using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Where the gateway listens: <c>http://127.0.0.1:5001</c>. Port 0 takes a free one.</summary>
internal readonly record struct ListenUrl(IPAddress Address, int Port, bool IsTls = false)
{
    public const string Fix = "write http:// (or for gRPC https://) with an IP address, localhost or *, and a port, such as http://127.0.0.1:5001 "
        + "or http://*:5001";

    public static bool TryParse(string text, out ListenUrl url)
    {
        const string Plain = "http://";
        const string Tls = "https://";
        url = default;
        var isTls = text.StartsWith(Tls, StringComparison.OrdinalIgnoreCase);
        if (!isTls && !text.StartsWith(Plain, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = text[(isTls ? Tls : Plain).Length..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(rest[(colon + 1)..], out var port))
        {
            return false;
        }

        var host = rest[..colon];
        var address = host switch
        {
            "*" or "+" => IPAddress.IPv6Any,
            "localhost" => IPAddress.Loopback,
            ['[', .. var inner, ']'] when IPAddress.TryParse(inner, out var parsed) => parsed,
            _ when !host.Contains(':') && IPAddress.TryParse(host, out var parsed) => parsed,
            _ => null,
        };
        url = address is null ? default : new(address, port, isTls);
        return address is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(IsTls ? "https" : "http")}://{new IPEndPoint(Address, Port)}";
}
