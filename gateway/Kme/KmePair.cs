using System.Text;
using Rke.Gateway.Policy;
using Rke.V1;

namespace Rke.Gateway.Kme;

/// <summary>Two SAEs that share keys. Their KMEs keep the keys in one stock on each side.</summary>
internal sealed class KmePair
{
    public KmePair(PairOptions options, ushort defaultNetwork)
    {
        (Master, Slave, Peer) = (options.Master, options.Slave, options.Peer);
        OtherKme = options.Kme ?? options.Receiver ?? options.Peer!;
        Id = Encoding.ASCII.GetBytes($"{Master}\0{Slave}");
        ForMaster = options.Receiver is null ? null : new(StockSide.Master, Master, Slave);
        ForSlave = options.Peer is null ? null : new(StockSide.Slave, Master, Slave);
        Network = options.Network ?? defaultNetwork;
        Permit = new([new PolicyRule([], [], [Network], options.Coins)]) { UsesReservedCoins = true };
        if (options.Receiver is { } receiver && KmeReceiver.TryParse(receiver, out var request))
        {
            Target = request;
        }
    }

    public string Master { get; }

    public string Slave { get; }

    /// <summary>Identifies the pair in the derivation of key ids. Both KMEs must use the same names of the SAEs.</summary>
    public byte[] Id { get; }

    /// <summary>The stock of the master, if this gateway is its KME.</summary>
    public StockName? ForMaster { get; }

    /// <summary>The stock of the slave, if this gateway is its KME.</summary>
    public StockName? ForSlave { get; }

    /// <summary>The peer whose sessions belong to this pair, if this gateway is the KME of the slave.</summary>
    public string? Peer { get; }

    /// <summary>The name of the KME of the other SAE.</summary>
    public string OtherKme { get; }

    /// <summary>The receiver of sessions, if this gateway is the KME of the master.</summary>
    public InitiateSessionRequest? Target { get; }

    public ushort Network { get; }

    /// <summary>The coins for sessions of the pair.</summary>
    public Permit Permit { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Master} -> {Slave}";
}

/// <summary>The SAE that a stock serves.</summary>
internal enum StockSide
{
    /// <summary>The keys wait for enc_keys.</summary>
    Master,

    /// <summary>The keys wait for dec_keys.</summary>
    Slave,
}

/// <summary>The name of a stock of keys.</summary>
internal sealed record StockName(StockSide Side, string Master, string Slave)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Side == StockSide.Master ? 'm' : 's')}:{Master}:{Slave}";
}
