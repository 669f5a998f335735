using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Gateway.Networks;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>A part of a session key, and the key server that it is posted to.</summary>
internal sealed class PostedPart(int index, ServerId server, byte[] bytes, ByteString keyId) : IDisposable
{
    public ServerId Server => server;

    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The gateway chooses the key id, so it can collect the part even if the server did not answer the post.</summary>
    public ByteString KeyId => keyId;

    /// <summary>Null until the server has confirmed that it stored the part.</summary>
    public PostKeyResponse? Response { get; set; }

    public PostKeyRequest ToRequest() => new()
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
        KeyId = keyId,

        // No copy, because this class clears the bytes at the end of the session.
        KeyPart = UnsafeByteOperations.UnsafeWrap(bytes),
    };

    public KeyPartLocation ToLocation() => new() { KeyIdHash = Response!.KeyIdHash, Server = Response.Server };

    public KeySlot ToSlot() => new(server.Network, server.RaidaId, Coin: default, Rke.Wire.KeyId.Read(keyId.Span));

    public SessionPart ToMessage(bool isUsed) => new()
    {
        Index = (uint)index,
        KeyIdHash = Response!.KeyIdHash,
        Server = Response.Server,
        Network = server.Network,
        RaidaId = server.RaidaId,
        Length = (uint)bytes.Length,
        Used = isUsed,
    };

    public void Dispose() => CryptographicOperations.ZeroMemory(bytes);

    /// <inheritdoc/>
    public override string ToString() => $"PostedPart({index} on {server}, redacted)";
}
