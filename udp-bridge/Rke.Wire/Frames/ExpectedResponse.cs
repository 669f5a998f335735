namespace Rke.Wire;

/// <summary>The fields that a response must have to match a request (docs/WIRE.md §4).</summary>
public readonly record struct ExpectedResponse
{
    private const ulong DirectionBit = 1UL << 63;

    public WireProfile Profile { get; init; }

    public WireCommand Command { get; init; }

    public byte RaidaId { get; init; }

    /// <summary>The request's nonce. The response contains its echo.</summary>
    public Nonce Nonce { get; init; }

    /// <summary>The request's body length, for <see cref="ResponseIv.Continued"/>.</summary>
    public int RequestBodyLength { get; init; }

    internal UInt128 Signature { get; init; }

    /// <summary>
    /// The expected response to the request that <see cref="RequestFrame.Write"/> wrote with the same arguments.
    /// </summary>
    /// <param name="requestLength">The length that <see cref="RequestFrame.Write"/> returned.</param>
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

    /// <summary>The initial counter of the response's payload.</summary>
    /// <param name="iv">The setting of a raidax server. It has no effect in the rke profile.</param>
    public ulong FirstBlock(ResponseIv iv) => (Profile, iv) switch
    {
        (WireProfile.Rke, _) => DirectionBit,
        (_, ResponseIv.Same) => 0,
        _ => ((ulong)RequestBodyLength - ProfileRules.TrailerLength + 15) / 16,
    };
}

/// <summary>
/// The start of a response's keystream in the raidax profile (docs/WIRE.md §6, "Response IV"). The rke profile has only
/// one start (docs/WIRE.md §4).
/// </summary>
public enum ResponseIv
{
    /// <summary>The initial counter block of the request.</summary>
    Same,

    /// <summary>The counter of the request plus ceil((body length - 2) / 16).</summary>
    Continued,
}
