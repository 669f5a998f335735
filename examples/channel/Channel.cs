using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Examples;

/// <summary>
/// Seals and opens messages with AES-256-GCM under the key of one direction. The number of a message is the nonce, so no number may be used
/// twice with one key. The receiver accepts each number once, in order.
/// </summary>
/// <param name="key">32 bytes.</param>
public sealed class Channel(ReadOnlySpan<byte> key) : IDisposable
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly AesGcm _cipher = new(key, TagLength);

    /// <summary>The encrypted message, followed by the tag.</summary>
    public byte[] Seal(uint number, ReadOnlySpan<byte> message)
    {
        var sealedMessage = new byte[message.Length + TagLength];
        _cipher.Encrypt(Nonce(number), message, sealedMessage.AsSpan(0, message.Length), sealedMessage.AsSpan(message.Length));
        return sealedMessage;
    }

    /// <exception cref="AuthenticationTagMismatchException">The message was changed, or the key or the number is wrong.</exception>
    public byte[] Open(uint number, ReadOnlySpan<byte> sealedMessage)
    {
        var message = new byte[sealedMessage.Length - TagLength];
        _cipher.Decrypt(Nonce(number), sealedMessage[..message.Length], sealedMessage[message.Length..], message);
        return message;
    }

    public void Dispose() => _cipher.Dispose();

    // At most 2^32 messages: then use a new key.
    private static byte[] Nonce(uint number)
    {
        var nonce = new byte[NonceLength];
        BinaryPrimitives.WriteUInt32BigEndian(nonce.AsSpan(NonceLength - sizeof(uint)), number);
        return nonce;
    }
}
