using System.Security.Cryptography;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// Answers by idempotency key, for all replicas. Redis keeps an answer encrypted with AES-256-GCM under a key that
/// only the same request gives (<see cref="RequestDigest.Seal"/>), because an answer tells a part's key id.
/// </summary>
internal sealed class RedisIdempotencyStore(
    RedisCircuit circuit, RedisAftermath aftermath, IEntropySource entropy, TimeProvider timeProvider, TimeSpan keep)
    : IIdempotencyStore
{
    // Asked again after so long, then twice as long each time: as fast as a key server answers at first.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    public async ValueTask<IdempotencyClaim> ClaimAsync(
        RequestDigest request, TimeSpan hold, CancellationToken cancellationToken)
    {
        var ticket = MakeTicket();
        var keys = new[] { RedisKeys.Request(request) };
        RedisValue[] values = [request.Digest, (long)ticket, (long)Math.Max(1, hold.TotalMilliseconds)];
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (await circuit.RunAsync(RedisScript.Claim, keys, values) is not { } result)
            {
                await AbandonAsync(request, ticket);
                return new(IdempotencyAnswer.Unavailable);
            }

            var reply = (RedisValue[])result!;
            switch ((int)reply[0])
            {
                case 0:
                    return new(IdempotencyAnswer.Yours, ticket);
                case 1:
                    return new(IdempotencyAnswer.Done, Response: Open(request, (byte[])reply[1]!));
                case 2:
                    return new(IdempotencyAnswer.Mismatch);
            }

            await Task.Delay(pause / 2 + (Random.Shared.NextDouble() * pause), timeProvider, cancellationToken);
        }
    }

    public ValueTask StoreAsync(RequestDigest request, ulong ticket, ReadOnlyMemory<byte> response)
    {
        RedisValue[] values =
            [request.Digest, (long)ticket, Close(request, response.Span), (long)Math.Max(1, keep.TotalMilliseconds)];
        return TellAsync(RedisScript.Store, request, values);
    }

    public ValueTask AbandonAsync(RequestDigest request, ulong ticket) =>
        TellAsync(RedisScript.Abandon, request, [(long)ticket]);

    private ValueTask TellAsync(RedisScript script, RequestDigest request, RedisValue[] values) =>
        aftermath.TellAsync(async () =>
            await circuit.RunAsync(script, [RedisKeys.Request(request)], values) is not null);

    // nonce (12) ‖ tag (16) ‖ answer. A key seals one answer, or again the same one.
    private byte[] Close(RequestDigest request, ReadOnlySpan<byte> answer)
    {
        var closed = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + answer.Length];
        var (nonce, tag, text) = Parts(closed);
        entropy.Fill(nonce);
        using var cipher = new AesGcm(request.Seal, AesGcm.TagByteSizes.MaxSize);
        cipher.Encrypt(nonce, answer, text, tag);
        return closed;
    }

    private static byte[] Open(RequestDigest request, Span<byte> closed)
    {
        var (nonce, tag, text) = Parts(closed);
        var answer = new byte[text.Length];
        using var cipher = new AesGcm(request.Seal, AesGcm.TagByteSizes.MaxSize);
        cipher.Decrypt(nonce, text, tag, answer);
        return answer;
    }

    private static SealedParts Parts(Span<byte> closed)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return new(closed[..nonce], closed.Slice(nonce, tag), closed[(nonce + tag)..]);
    }

    private ulong MakeTicket()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    private readonly ref struct SealedParts(Span<byte> nonce, Span<byte> tag, Span<byte> text)
    {
        private readonly Span<byte> _nonce = nonce;
        private readonly Span<byte> _tag = tag;
        private readonly Span<byte> _text = text;

        public void Deconstruct(out Span<byte> nonce, out Span<byte> tag, out Span<byte> text)
        {
            nonce = _nonce;
            tag = _tag;
            text = _text;
        }
    }
}
