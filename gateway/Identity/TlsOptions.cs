using Rke.Gateway.Configuration;

namespace Rke.Gateway.Identity;

/// <summary>Section <c>Rke:Grpc:Tls</c>.</summary>
internal sealed record TlsOptions
{
    /// <summary>
    /// PEM file with the certificate followed by the intermediate certificates. Required for <c>https://</c>
    /// </summary>
    [ExistingFile]
    public string? Certificate { get; set; }

    /// <summary>PEM file with the private key of the certificate. Required for <c>https://</c></summary>
    [ExistingFile]
    public string? Key { get; set; }

    /// <summary>
    /// PEM file with the authorities that may sign client certificates. None = clients need no certificate
    /// </summary>
    [ExistingFile]
    public string? ClientAuthorities { get; set; }

    /// <summary><c>false</c> also accepts clients without a certificate</summary>
    /// <value><c>true</c> with authorities</value>
    public bool? RequireClientCertificate { get; set; }

    public IEnumerable<string> Problems()
    {
        if (RequireClientCertificate == true && ClientAuthorities is null)
        {
            yield return "RequireClientCertificate: is true, but no authority may sign one; "
                + "set Rke:Grpc:Tls:ClientAuthorities too.";
        }
    }

    /// <summary>Values that do not fit to the URL of the gRPC port. Each line begins with a key of the section.</summary>
    public IEnumerable<string> ProblemsWith(GrpcOptions grpc)
    {
        if (!grpc.Url.IsTls)
        {
            return (Certificate ?? Key ?? ClientAuthorities) is null
                ? []
                : ["Certificate: is set, but Rke:Grpc:Url is http; write Rke:Grpc:Url = https://…, or remove it."];
        }

        return (Certificate, Key) switch
        {
            (null, _) => ["Certificate: is needed for https; write the file's path, in PEM."],
            (_, null) => ["Key: is needed for https; write the file's path, in PEM."],
            _ => [],
        };
    }
}
