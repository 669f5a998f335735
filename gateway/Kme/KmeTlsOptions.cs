using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Kme;

/// <summary>Section <c>Rke:Kme:Tls</c>. The gateway reads the files again when they change.</summary>
internal sealed record KmeTlsOptions
{
    /// <summary>PEM file with the certificate of the KME port, followed by the intermediate certificates</summary>
    [ExistingFile]
    public string? Certificate { get; set; }

    /// <summary>PEM file with the private key of the certificate</summary>
    [ExistingFile]
    public string? Key { get; set; }

    /// <summary>PEM file with the authorities that may sign the certificates of SAEs</summary>
    [ExistingFile]
    public string? ClientAuthorities { get; set; }

    public TlsOptions ToTlsOptions() => new() { Certificate = Certificate, Key = Key, ClientAuthorities = ClientAuthorities };
}
