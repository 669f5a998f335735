using Rke.Gateway.Configuration;

namespace Rke.Gateway.Accounts;

/// <summary>Section <c>Rke:Accounts</c>: the enrolment of the gateway in a network.</summary>
internal sealed record AccountsOptions
{
    /// <summary>
    /// Serves <c>rke.v1.RkeAccountService</c>, which opens accounts at the key servers and writes key files. Without
    /// <c>Rke:Policy:Path</c>, every caller of the gRPC port may open accounts.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// Folder for the key files of opened accounts. The gateway must be able to write to it. None = the folder <c>Rke:Keys:Path</c>, whose
    /// files the gateway reads at once.
    /// </summary>
    [ExistingFolder]
    public string? Folder { get; set; }

    /// <summary>
    /// File with the authorities (PEM) that sign the certificates of key servers, for Paid Account. None = the authorities that the
    /// operating system trusts.
    /// </summary>
    [ExistingFile]
    public string? Authorities { get; set; }
}
