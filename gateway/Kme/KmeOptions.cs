using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Peers;

namespace Rke.Gateway.Kme;

/// <summary>Section <c>Rke:Kme</c>: the key management entity of ETSI GS QKD 014 (docs/KME.md).</summary>
internal sealed record KmeOptions
{
    /// <summary>The default of <see cref="KeySize"/>, in bits.</summary>
    public const int DefaultKeySize = 256;

    /// <summary>
    /// Address of the KME port, such as <c>https://0.0.0.0:8443</c>. SAEs need a client certificate. None = the gateway is no KME
    /// </summary>
    [SecureUrl]
    public ListenUrl? Url { get; set; }

    /// <summary>Name of this KME in responses: 1 to 64 letters, digits, dots, dashes and underscores</summary>
    [KmeName]
    public string Id { get; set; } = "rke-kme";

    /// <summary>Size of a key in bits if a request names none. A multiple of 8</summary>
    [Range(KmeKeys.MinSize, KmeKeys.MaxSize)]
    public int KeySize { get; set; } = DefaultKeySize;

    /// <summary>
    /// Number of keys that the gateway keeps ready for each pair of which it serves the master. One session makes 16 of them.
    /// </summary>
    [Range(KmeKeys.PerSession, 100_000)]
    public int Stock { get; set; } = 128;

    /// <summary>Maximum number of keys in one request</summary>
    [Range(1, 1000)]
    public int MaxKeysPerRequest { get; set; } = 64;

    /// <summary>
    /// How long a key waits for the master. The KME of the slave keeps it twice as long. Set the same value on both KMEs.
    /// </summary>
    [TimeRange("00:00:10", "30.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Maximum number of keys that wait for the slave of a pair. At the limit, the gateway refuses further sessions of the pair.
    /// </summary>
    [Range(KmeKeys.PerSession, 1_000_000)]
    public int MaxWaiting { get; set; } = 20_000;

    /// <summary>The applications that may use this KME.</summary>
    public SectionList<SaeOptions> Saes { get; set; } = [];

    /// <summary>The pairs of applications that share keys. A pair has a direction: its master requests the keys.</summary>
    public SectionList<PairOptions> Pairs { get; set; } = [];

    public IEnumerable<string> Problems()
    {
        if (KeySize % 8 != 0)
        {
            yield return $"KeySize is '{KeySize}': write a multiple of 8.";
        }

        foreach (var problem in SaeProblems().Concat(PairProblems()))
        {
            yield return problem;
        }
    }

    /// <summary>Values that do not fit to other sections. Each line begins with a key of the section.</summary>
    public IEnumerable<string> ProblemsWith(KmeTlsOptions tls, SessionsOptions sessions, SignalOptions signal, PeersOptions peers)
    {
        if (Url is null)
        {
            yield break;
        }

        if (tls.Certificate is null || tls.Key is null || tls.ClientAuthorities is null)
        {
            yield return "Tls: the KME port needs Certificate, Key and ClientAuthorities; write the paths of the three PEM files.";
        }

        if (sessions.SealingKey is null)
        {
            yield return "Url: a KME encrypts its keys at rest; write the path of the key file to Rke:Sessions:SealingKey.";
        }

        foreach (var (key, pair) in Pairs.Keyed().Where(pair => pair.Options.Peer is not null))
        {
            if (peers.Peers.FirstOrDefault(peer => peer.Name == pair.Peer) is not { Coins.Count: > 0 })
            {
                yield return $"Pairs:{key}:Peer is '{pair.Peer}': write the name of an element of Rke:Peers that has Coins.";
            }

            if (signal.Listen is null)
            {
                yield return $"Pairs:{key}:Peer: the gateway receives no Signals; set Rke:Signal:Listen too.";
            }
        }
    }

    private IEnumerable<string> SaeProblems()
    {
        foreach (var (key, sae) in Saes.Keyed())
        {
            if (sae.Id.Length == 0 || sae.Identity.Length == 0)
            {
                yield return $"Saes:{key}: write Id and Identity, such as sae-a and spiffe://example.org/sae-a.";
            }
            else if (Saes.Count(other => other.Id == sae.Id || other.Identity == sae.Identity) > 1)
            {
                yield return $"Saes:{key}: another SAE has the same Id or Identity; give each SAE its own.";
            }
        }
    }

    private IEnumerable<string> PairProblems()
    {
        foreach (var (key, pair) in Pairs.Keyed())
        {
            if (pair.Master.Length == 0 || pair.Slave.Length == 0 || pair.Master == pair.Slave)
            {
                yield return $"Pairs:{key}: write two different SAEs to Master and Slave.";
                continue;
            }

            if (Pairs.Count(other => other.Master == pair.Master && other.Slave == pair.Slave) > 1)
            {
                yield return $"Pairs:{key}: the pair {pair.Master}, {pair.Slave} stands twice; remove one of the two.";
            }

            if (pair.Peer is not null && Pairs.Count(other => other.Peer == pair.Peer) > 1)
            {
                yield return $"Pairs:{key}:Peer: the peer {pair.Peer} stands twice; each pair needs its own coins, and so its own peer.";
            }

            foreach (var problem in pair.Problems(Saes))
            {
                yield return $"Pairs:{key}{problem}";
            }
        }
    }
}

/// <summary>Section <c>Rke:Kme:Saes:n</c>: one application (SAE) of this KME.</summary>
internal sealed record SaeOptions
{
    /// <summary>Name of the SAE in paths: 1 to 64 letters, digits, dots, dashes and underscores</summary>
    [KmeName]
    public string Id { get; set; } = "";

    /// <summary>
    /// Identity in the client certificate of the SAE: its URI (<c>spiffe://…</c>), or <c>dns:</c> with its first DNS name, or <c>cn:</c>
    /// with its common name
    /// </summary>
    public string Identity { get; set; } = "";
}

/// <summary>Section <c>Rke:Kme:Pairs:n</c>: two applications that share keys.</summary>
internal sealed record PairOptions
{
    /// <summary>The SAE that requests keys with <c>enc_keys</c></summary>
    [KmeName]
    public string Master { get; set; } = "";

    /// <summary>The SAE that gets the same keys with <c>dec_keys</c></summary>
    [KmeName]
    public string Slave { get; set; } = "";

    /// <summary>Name of the KME of the other SAE, for <c>target_KME_ID</c></summary>
    /// <value>the value of <c>Receiver</c>, or of <c>Peer</c></value>
    [KmeName]
    public string? Kme { get; set; }

    /// <summary>
    /// For the KME of the master: the gateway of the slave, as <c>host:port</c> of its listener for Signals, or as the domain whose
    /// records name it. <c>Rke:Targets:Allow</c> must name it too.
    /// </summary>
    public string? Receiver { get; set; }

    /// <summary>
    /// For the KME of the master: the coins that make the sessions of this pair, and only these. Other calls do not use them. The KME of
    /// the slave recognizes the sessions of the pair by these coins.
    /// </summary>
    public List<CoinRange> Coins { get; set; } = [];

    /// <summary>Network of these coins. None = the default network</summary>
    [Range(1, ushort.MaxValue)]
    public ushort? Network { get; set; }

    /// <summary>
    /// For the KME of the slave: the name of the element of <c>Rke:Peers</c> with the coins of this pair
    /// </summary>
    public string? Peer { get; set; }

    public IEnumerable<string> Problems(IReadOnlyList<SaeOptions> saes)
    {
        if (Receiver is null && Peer is null)
        {
            yield return ": write Receiver and Coins on the KME of the master, and Peer on the KME of the slave.";
        }

        if ((Receiver is null) != (Coins.Count == 0))
        {
            yield return ":Coins: the KME of the master needs Receiver and Coins; write both.";
        }

        if (Receiver is not null && !KmeReceiver.TryParse(Receiver, out _))
        {
            yield return $":Receiver is '{Receiver}': write host:port, such as 198.51.100.7:75, or a domain such as example.raida.";
        }

        if (Receiver is not null && saes.All(sae => sae.Id != Master))
        {
            yield return $":Master is '{Master}': add it to Rke:Kme:Saes.";
        }

        if (Peer is not null && saes.All(sae => sae.Id != Slave))
        {
            yield return $":Slave is '{Slave}': add it to Rke:Kme:Saes.";
        }
    }
}

/// <summary>The name of a SAE or of a KME.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KmeNameAttribute() : ValidationAttribute($"write 1 to {MaxLength} letters, digits, dots, dashes and underscores")
{
    private const int MaxLength = 64;

    public override bool IsValid(object? value) => value is string { Length: > 0 and <= MaxLength } name
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}

/// <summary>A URL with TLS.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecureUrlAttribute()
    : ValidationAttribute("write https:// with an IP address, localhost or *, and a port, such as https://0.0.0.0:8443")
{
    public override bool IsValid(object? value) => value is ListenUrl { IsTls: true };
}
