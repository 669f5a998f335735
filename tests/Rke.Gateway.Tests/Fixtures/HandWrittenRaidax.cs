using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>
/// A raidax server, written from the bytes of tests/vectors/raidax-captures.json only: fixed offsets, its own counter mode, and no
/// code of this product. It keeps a part after it was read.
/// </summary>
internal sealed class HandWrittenRaidax(byte raidaId, byte[] number)
{
    private readonly ConcurrentDictionary<string, byte[]> _parts = new(StringComparer.Ordinal);

    /// <summary>Whether replies continue the counter of the request, as on hosts with AES-NI.</summary>
    public bool ContinuesCounter { get; init; }

    /// <summary>Whether posts get the status of an internal error.</summary>
    public bool RefusesPosts { get; set; }

    /// <summary>Stores a part as if another gateway had posted it.</summary>
    /// <param name="sender">DN (1), SN (4).</param>
    public void Store(byte[] id, byte[] sender, byte[] part) => _parts[Convert.ToHexString(id)] = [.. sender, .. part];

    public IEnumerable<byte[]> Answer(byte[] request)
    {
        var body = request[32..^2];
        var nonce = request[24..32];
        if (request[16] == 1)
        {
            Crypt(nonce, 0, body);
        }

        if (request[2] != raidaId)
        {
            // The deployed server answers before it reads the request, with the echo and the signature of an earlier one.
            byte[] stale = [raidaId, 0, 3, 0, 0, 1, 0xAB, 0xCD, .. new byte[24]];
            return [stale];
        }

        var isSound = request[^2] == 0x3E && request[^1] == 0x3E
            && BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(22)) == request.Length - 32;
        if (!isSound)
        {
            return [];
        }

        var payload = body[16..];
        return (request[4], request[5], request.Length - 32) switch
        {
            (0, 0, 18) => [Reply(request, body, 250, [])],
            (4, 41, 185) => [Post(request, body, payload)],
            (4, 43, 55) => [Get(request, body, payload)],
            _ => [Reply(request, body, 6, [])],
        };
    }

    private byte[] Post(byte[] request, byte[] body, byte[] payload)
    {
        if (RefusesPosts)
        {
            return Reply(request, body, 252, []);
        }

        int start = payload[165];
        int length = payload[166];
        if (start + length > 127)
        {
            return Reply(request, body, 196, []);
        }

        Store(payload[..16], payload[32..37], payload[(37 + start)..(37 + start + length)]);
        return Reply(request, body, 250, []);
    }

    private byte[] Get(byte[] request, byte[] body, byte[] payload) =>
        _parts.TryGetValue(Convert.ToHexString(payload[..16]), out var part)
            ? Reply(request, body, 250, part)
            : Reply(request, body, 194, []);

    private byte[] Reply(byte[] request, byte[] body, byte status, byte[] payload)
    {
        var reply = new byte[32 + (payload.Length == 0 ? 0 : payload.Length + 2)];
        reply[0] = raidaId;
        reply[2] = status;
        reply[3] = request[4];
        reply[5] = 1;
        request.AsSpan(30, 2).CopyTo(reply.AsSpan(6));
        reply[11] = (byte)(reply.Length - 32);
        reply[15] = 0x65;
        for (var index = 0; index < 16; index++)
        {
            reply[16 + index] = (byte)(body[index] ^ (request[16] == 1 ? number[index] : 0));
        }

        if (payload.Length > 0)
        {
            var sealedPayload = payload.ToArray();
            var first = ContinuesCounter ? ((ulong)request.Length - 32 - 2 + 15) / 16 : 0;
            Crypt(request[24..32], first, sealedPayload);
            sealedPayload.CopyTo(reply, 32);
            reply[^2] = reply[^1] = 0x3E;
        }

        return reply;
    }

    private void Crypt(byte[] nonce, ulong firstBlock, byte[] data)
    {
        using var aes = Aes.Create();
        aes.Key = number;
        for (var offset = 0; offset < data.Length; offset += 16)
        {
            var counter = new byte[16];
            nonce.CopyTo(counter, 0);
            BinaryPrimitives.WriteUInt64BigEndian(counter.AsSpan(8), firstBlock + (ulong)(offset / 16));
#pragma warning disable CA5358 // Counter mode is made of single blocks.
            var stream = aes.EncryptEcb(counter, PaddingMode.None);
#pragma warning restore CA5358
            for (var index = 0; index < 16 && offset + index < data.Length; index++)
            {
                data[offset + index] ^= stream[index];
            }
        }
    }
}
