using System.Security.Cryptography;
using Rke.Gateway.Redis;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Gateway.Idempotency;

/// <summary>
/// Responses for idempotency keys in Redis, for all replicas. A response contains a key id, so it is encrypted with
/// AES-256-GCM under a key that is derived from the request (<see cref="RequestDigest.EncryptionKey"/>).
/// </summary>
internal sealed class RedisIdempotencyStore(
    RedisCircuit circuit, RedisRetryQueue retries, IEntropySource entropy, TimeProvider timeProvider, TimeSpan keep)
    : IIdempotencyStore
{
    private static readonly RedisScript AbandonScript = new("idempotency-abandon");
    private static readonly RedisScript ClaimScript = new("idempotency-claim");
    private static readonly RedisScript StoreScript = new("idempotency-store");

    // The first pause of polling; each pause is twice as long as the one before. A key server replies in about this
    // time.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(50);

    public async ValueTask<IdempotencyClaim> ClaimAsync(
        RequestDigest request, TimeSpan hold, CancellationToken cancellationToken)
    {
        var ticket = RedisTicket.Make(entropy);
        var keys = new[] { KeyOf(request) };
        RedisValue[] values = [request.Digest, (long)ticket, (long)Math.Max(1, hold.TotalMilliseconds)];
        for (var pause = FirstPause; ; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
        {
            if (await circuit.RunAsync(ClaimScript, keys, values) is not { } result)
            {
                await AbandonAsync(request, ticket);
                return new(IdempotencyAnswer.Unavailable);
            }

            var reply = (RedisValue[])result!;
            switch ((int)reply[0])
            {
                case 0:
                    return new(IdempotencyAnswer.Claimed, ticket);
                case 1:
                    return new(IdempotencyAnswer.Done, Response: Decrypt(request, (byte[])reply[1]!));
                case 2:
                    return new(IdempotencyAnswer.Mismatch);
            }

            await Task.Delay(pause / 2 + (Random.Shared.NextDouble() * pause), timeProvider, cancellationToken);
        }
    }

    public ValueTask StoreAsync(RequestDigest request, ulong ticket, ReadOnlyMemory<byte> response)
    {
        RedisValue[] values =
            [request.Digest, (long)ticket, Encrypt(request, response.Span), (long)Math.Max(1, keep.TotalMilliseconds)];
        return RunOrRetryAsync(StoreScript, request, values);
    }

    public ValueTask AbandonAsync(RequestDigest request, ulong ticket) =>
        RunOrRetryAsync(AbandonScript, request, [(long)ticket]);

    private ValueTask RunOrRetryAsync(RedisScript script, RequestDigest request, RedisValue[] values) =>
        retries.SendAsync(async () =>
            await circuit.RunAsync(script, [KeyOf(request)], values) is not null);

    // nonce (12) ‖ tag (16) ‖ ciphertext. A key encrypts only one response.
    private byte[] Encrypt(RequestDigest request, ReadOnlySpan<byte> response)
    {
        var encrypted = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + response.Length];
        var (nonce, tag, text) = Parts(encrypted);
        entropy.Fill(nonce);
        using var cipher = new AesGcm(request.EncryptionKey, AesGcm.TagByteSizes.MaxSize);
        cipher.Encrypt(nonce, response, text, tag);
        return encrypted;
    }

    private static byte[] Decrypt(RequestDigest request, Span<byte> encrypted)
    {
        var (nonce, tag, text) = Parts(encrypted);
        var response = new byte[text.Length];
        using var cipher = new AesGcm(request.EncryptionKey, AesGcm.TagByteSizes.MaxSize);
        cipher.Decrypt(nonce, text, tag, response);
        return response;
    }

    private static EncryptedParts Parts(Span<byte> encrypted)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return new(encrypted[..nonce], encrypted.Slice(nonce, tag), encrypted[(nonce + tag)..]);
    }

    private readonly ref struct EncryptedParts(Span<byte> nonce, Span<byte> tag, Span<byte> text)
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

    private static RedisKey KeyOf(RequestDigest request) => $"rke:i:{request.Name[..32]}";
}
