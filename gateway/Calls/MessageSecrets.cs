using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Gateway.Calls;

/// <summary>
/// The key parts and session keys in the messages of calls. Protobuf treats bytes as immutable, and never clears them. The gateway clears
/// them when the call ends (docs/SECURITY.md, Secrets).
/// </summary>
internal static class MessageSecrets
{
    // The garbage collector allocates pinned memory slowly, so each array has room for many secrets. None of them uses the same bytes as
    // another one, and the array is collected after all of them.
    private const int ArraySize = 4 << 10;

    [ThreadStatic]
    private static Memory<byte> _free;

    /// <summary>Copies a secret into pinned memory, so that the garbage collector leaves no copy of it.</summary>
    public static ByteString Copy(ReadOnlySpan<byte> secret)
    {
        if (_free.Length < secret.Length)
        {
            _free = GC.AllocateUninitializedArray<byte>(Math.Max(ArraySize, secret.Length), pinned: true);
        }

        var bytes = _free[..secret.Length];
        _free = _free[secret.Length..];
        secret.CopyTo(bytes.Span);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>
    /// Moves the secret of a request into pinned memory. Protobuf reads it into an array that the garbage collector can move, and then the
    /// old place keeps a copy.
    /// </summary>
    public static void Pin(object request)
    {
        if (request is PostKeyRequest post)
        {
            var read = post.KeyPart;
            post.KeyPart = Copy(read.Span);
            Clear(read);
        }
    }

    /// <summary>Clears the secrets of a response when the gateway has sent it. Costs nothing if the message has no secrets.</summary>
    public static void ClearWhenSent(object message, HttpResponse response)
    {
        if (message is GetKeyResponse or InitiateSessionResponse or ClaimSessionResponse)
        {
            response.OnCompleted(ClearAsync, message);
        }
    }

    /// <summary>Clears the secrets of a message that nothing uses any more.</summary>
    public static void Clear(object? message)
    {
        switch (message)
        {
            case PostKeyRequest request:
                Clear(request.KeyPart);
                break;
            case GetKeyResponse response:
                Clear(response.KeyPart);
                break;
            case InitiateSessionResponse response:
                Clear(response.Key);
                Clear(response.DerivedKey);
                Clear(response.LabelKeys);
                break;
            case ClaimSessionResponse response:
                Clear(response.Key);
                Clear(response.DerivedKey);
                Clear(response.LabelKeys);
                break;
        }
    }

    /// <summary>Clears keys that nothing uses any more.</summary>
    public static void Clear(IEnumerable<SessionLabelKey> keys)
    {
        foreach (var key in keys)
        {
            Clear(key.Key);
        }
    }

    private static Task ClearAsync(object message)
    {
        Clear(message);
        return Task.CompletedTask;
    }

    public static void Clear(ByteString bytes)
    {
        if (MemoryMarshal.TryGetArray(bytes.Memory, out var array))
        {
            CryptographicOperations.ZeroMemory(array);
        }
    }
}
