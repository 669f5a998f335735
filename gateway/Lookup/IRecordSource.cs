using System.Net;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>Where records come from: the Internet's DNS, or the RAIDA servers' name lookup.</summary>
internal interface IRecordSource
{
    LookupSource Kind { get; }

    /// <summary>SRV records.</summary>
    Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken);

    /// <summary>TXT records, each as one text, its strings apart by line feeds.</summary>
    Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken);

    /// <summary>A and AAAA records.</summary>
    Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken);
}
