using Google.Protobuf;
using Rke.V1;

namespace Rke.Gateway.Signals;

/// <summary>A key part that an initiator names, by the address of its key server or by its RAIDA coordinates.</summary>
/// <param name="Hash">HS.</param>
/// <param name="Server">The key server.</param>
/// <param name="Request">The GetKey that collects the part. Two parts with equal requests are the same part.</param>
internal sealed record NamedPart(ByteString Hash, V1.Endpoint Server, GetKeyRequest Request)
{
    /// <summary>A part of a Signal.</summary>
    public static NamedPart Of(KeyPartLocation location) => new(
        location.KeyIdHash, location.Server, new() { Endpoint = location.Server, KeyIdHash = location.KeyIdHash });
}
