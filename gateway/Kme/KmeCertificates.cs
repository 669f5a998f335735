using System.Diagnostics.Metrics;
using System.Net.Security;
using Microsoft.Extensions.Options;
using Rke.Gateway.Identity;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Kme;

/// <summary>The certificate of the KME port, and the authorities of SAEs.</summary>
internal sealed class KmeCertificates(IOptions<KmeTlsOptions> options, IMeterFactory factory, TimeProvider timeProvider)
    : ServerCertificates(options.Value.ToTlsOptions(), ReloadMeter.KmeCertificates, "kme_", factory, timeProvider)
{
    protected override List<SslApplicationProtocol> Protocols => [SslApplicationProtocol.Http11];
}
