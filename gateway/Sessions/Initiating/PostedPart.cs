using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Gateway.State;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>A part of a session's key, and the key server that it is meant for or waits on.</summary>
internal sealed class PostedPart(int index, ServerNumber server, byte[] bytes, ByteString keyId) : IDisposable
{
    public ServerNumber Server => server;

    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Drawn here, so that the part can be collected again even where no answer came.</summary>
    public ByteString KeyId => keyId;

    /// <summary>Set when the server has said that it has the part.</summary>
    public PostKeyResponse? Response { get; set; }

    public PostKeyRequest ToRequest() => new()
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
        KeyId = keyId,

        // Not a copy: the bytes are cleared when the session is done.
        KeyPart = UnsafeByteOperations.UnsafeWrap(bytes),
    };

    public KeyPartLocation ToLocation() => new() { KeyIdHash = Response!.KeyIdHash, Server = Response.Server };

    public SessionPart ToMessage(bool isUsed) => new()
    {
        Index = (uint)index,
        KeyIdHash = Response!.KeyIdHash,
        Server = Response.Server,
        RaidaId = server.RaidaId,
        Length = (uint)bytes.Length,
        Used = isUsed,
    };

    public void Dispose() => CryptographicOperations.ZeroMemory(bytes);

    /// <inheritdoc/>
    public override string ToString() => $"PostedPart({index} on {server}, redacted)";
}
