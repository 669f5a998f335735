using Rke.Wire;

namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>
/// A key server without I/O and without state: what it answers follows from the request. For one thread at a time.
/// </summary>
internal sealed class ModelKeyServer : IDisposable
{
    private static readonly CoinId Sender = new(1, 5);
    private readonly CoinCipher[] _coins =
    [
        new(AuthenticityNumber.Read([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])),
        new(AuthenticityNumber.Read([21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36])),
    ];

    private readonly byte[] _plain = new byte[ProfileRules.MaxRequestLength];
    private readonly byte[] _response = new byte[ProfileRules.MaxResponseLength];

    /// <summary>The key of a coin.</summary>
    public CoinCipher Cipher(CoinId coin) => _coins[coin.SerialNumber % 2];

    /// <summary>Of eight parts, one is missing.</summary>
    public static bool HasPart(KeyIdHash hash)
    {
        Span<byte> bytes = stackalloc byte[KeyIdHash.Length];
        hash.CopyTo(bytes);
        return bytes[0] % 8 != 0;
    }

    /// <summary>Writes the part with this hash.</summary>
    public static void CopyPart(KeyIdHash hash, Span<byte> part)
    {
        hash.CopyTo(part);
        foreach (ref var value in part)
        {
            value ^= 0x5A;
        }
    }

    /// <summary>Returns the response to a datagram. Empty: the server does not respond.</summary>
    /// <param name="isHint">Respond with an unsigned error instead.</param>
    public byte[] Respond(ServerAddress server, ResponseIv iv, ReadOnlySpan<byte> datagram, bool isHint)
    {
        if (!RequestFrame.TryRead(server.Profile, datagram, out var frame, out _)
            || frame.Header.RaidaId != server.RaidaId)
        {
            return [];
        }

        var cipher = frame.Header.EncryptionType == 1 ? Cipher(frame.Header.Coin) : null;
        if (isHint || !frame.TryOpen(cipher, _plain, out var challenge, out var payload, out _))
        {
            return Status(frame, WireStatus.CoinNotFound, challenge: null, cipher: null);
        }

        if (!GetKeyPayload.TryRead(server.Profile, payload, out var request, out _))
        {
            return Status(frame, WireStatus.Success, challenge, cipher);
        }

        if (!HasPart(request.Hash))
        {
            return Status(frame, WireStatus.KeyNotFound, challenge, cipher);
        }

        Span<byte> part = stackalloc byte[KeyIdHash.Length];
        CopyPart(request.Hash, part);
        var answer = new GetKeyAnswer(KeyId.Read(part), Sender, null, part);
        return _response[..ResponseFrame.Write(_response, frame, challenge, 1000, answer, iv, cipher)];
    }

    public void Dispose()
    {
        foreach (var coin in _coins)
        {
            coin.Dispose();
        }
    }

    private byte[] Status(in RequestFrame frame, WireStatus status, Challenge? challenge, CoinCipher? cipher)
    {
        var (code, isHeaderError) = WireStatuses.Encode(frame.Profile, frame.Command, status);
        return _response[..ResponseFrame.WriteStatus(
            _response,
            frame.Profile,
            frame.Header,
            frame.Header.RaidaId,
            code,
            isHeaderError,
            challenge,
            executionTime: 1000,
            trailer: false,
            cipher)];
    }
}
