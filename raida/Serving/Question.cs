using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>What is known of a request while it is answered.</summary>
internal readonly struct Question
{
    public required RequestHeader Header { get; init; }

    /// <summary>Echo where the header does not say.</summary>
    public required WireCommand Command { get; init; }

    /// <summary>When it came, as a timestamp of the server's clock.</summary>
    public required long Start { get; init; }

    /// <summary>Null where it could not be read: then the answer is not signed.</summary>
    public required Challenge? Challenge { get; init; }

    /// <summary>Null where the request is unencrypted or the coin unknown.</summary>
    public required CoinCipher? Cipher { get; init; }
}
