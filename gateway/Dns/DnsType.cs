namespace Rke.Gateway.Dns;

/// <summary>Record types that the gateway reads (RFC 1035 §3.2.2, RFC 2782, RFC 3596, RFC 6891).</summary>
internal enum DnsType : ushort
{
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Opt = 41,
}
