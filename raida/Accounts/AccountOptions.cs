using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Raida.Accounts;

/// <summary>Which accounts key servers open (docs/WIRE.md §10). Without these options, they open none.</summary>
public sealed record AccountOptions
{
    /// <summary>Whether Free Account is offered, to <see cref="FreeNetworks"/>.</summary>
    public bool IsFree { get; init; }

    /// <summary>Whether Paid Account is offered. It needs <see cref="Certificate"/>.</summary>
    public bool IsPaid { get; init; }

    /// <summary>
    /// The networks that may open free accounts. The response is not encrypted, so everyone between client and server can read it.
    /// </summary>
    public IReadOnlyList<IPNetwork> FreeNetworks { get; init; } =
        [new(IPAddress.Parse("127.0.0.0"), 8), new(IPAddress.IPv6Loopback, 128)];

    /// <summary>The certificate and key of the TLS port, which has the number of the UDP port. Null: no TLS port.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// The intermediate certificates that the TLS port sends with <see cref="Certificate"/>. Certificates that are not part of
    /// its chain are ignored.
    /// </summary>
    public X509Certificate2Collection CertificateChain { get; init; } = [];

    /// <summary>The lowest serial number of an account. Otherwise, status 3.</summary>
    public uint FirstSerialNumber { get; init; } = 1;

    /// <summary>The highest serial number of an account. Otherwise, status 3.</summary>
    public uint LastSerialNumber { get; init; } = uint.MaxValue;

    /// <summary>The lowest denomination of a coin that pays for an account. Otherwise, status 5.</summary>
    public sbyte Price { get; init; }

    /// <summary>The maximum number of accounts of one server that were opened since its start. Above it, status 10.</summary>
    public int MaxAccounts { get; init; } = 100_000;

    /// <summary>
    /// The maximum number of requests in a burst from one IPv4 /24 or IPv6 /56, per server. Above it, status 7. A source gets back one
    /// request in <see cref="RequestInterval"/>.
    /// </summary>
    public int RequestBurst { get; init; } = 10;

    /// <summary>The time after which a source may send one more request.</summary>
    public TimeSpan RequestInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// The folder of the files that keep the opened accounts and the coins that paid, one file per server. Null: they are lost when the
    /// server stops.
    /// </summary>
    public string? Folder { get; init; }

    internal void Validate()
    {
        Check(!IsPaid || Certificate is not null, nameof(Certificate), "be set for paid accounts: they need TLS");
        Check(FirstSerialNumber <= LastSerialNumber, nameof(FirstSerialNumber), $"be at most {nameof(LastSerialNumber)}");
        Check(MaxAccounts > 0, nameof(MaxAccounts), "be at least 1");
        Check(RequestBurst > 0, nameof(RequestBurst), "be at least 1");
        Check(RequestInterval > TimeSpan.Zero, nameof(RequestInterval), "be positive");
    }

    private static void Check(bool isValid, string name, string requirement)
    {
        if (!isValid)
        {
            throw new ArgumentException($"{name} must {requirement}.", name);
        }
    }
}
