namespace Rke.Wire;

/// <summary>What the sender of a request knows of the response that may answer it (docs/WIRE.md §4).</summary>
public readonly record struct ExpectedResponse
{
    public WireProfile Profile { get; init; }

    public WireCommand Command { get; init; }

    public byte RaidaId { get; init; }

    /// <summary>The request's nonce; its echo is what comes back.</summary>
    public Nonce Nonce { get; init; }

    /// <summary>The request's body length, for <see cref="ResponseIv.Continued"/>.</summary>
    public int RequestBodyLength { get; init; }

    internal UInt128 Signature { get; init; }

    /// <summary>What answers the request that <see cref="RequestFrame.Write"/> wrote with the same arguments.</summary>
    /// <param name="requestLength">What <see cref="RequestFrame.Write"/> returned.</param>
    public static ExpectedResponse To(
        in RequestAddress address, WireCommand command, Nonce nonce, Challenge challenge, CoinCipher? cipher, int requestLength) => new()
        {
            Profile = address.Profile,
            Command = command,
            RaidaId = address.RaidaId,
            Nonce = nonce,
            RequestBodyLength = requestLength - RequestHeader.Length,
            Signature = cipher is null ? challenge.Bits : cipher.Number.Sign(challenge),
        };

    /// <summary>The keystream block at which a response's payload starts.</summary>
    public ulong FirstBlock(ResponseIv iv) => iv == ResponseIv.Same
        ? 0
        : ((ulong)RequestBodyLength - ProfileRules.TrailerLength + 15) / 16;
}
