using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions.Encryption;

/// <summary>A key that encrypts session keys at rest: 32 bytes, and a name that is derived from them.</summary>
internal sealed class SealingKey : IDisposable
{
    public const int Length = 32;
    public const int NameLength = 8;

    private static readonly byte[] NameInfo = Encoding.ASCII.GetBytes("rke sealing key name v1");

    private readonly Lock _gate = new();
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
    private readonly byte[] _name = new byte[NameLength];
    private bool _isDisposed;

    public SealingKey(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_key);
        HKDF.Expand(HashAlgorithmName.SHA256, _key, _name, NameInfo);
    }

    /// <summary>The name does not reveal the key.</summary>
    public ReadOnlySpan<byte> Name => _name;

    public bool HasName(ReadOnlySpan<byte> name) => name.SequenceEqual(_name);

    /// <summary>A new cipher, because a cipher is not thread-safe. The caller disposes it.</summary>
    /// <exception cref="ObjectDisposedException">The key was cleared.</exception>
    public AesGcm CreateCipher()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return new(_key, AesGcm.TagByteSizes.MaxSize);
        }
    }

    /// <summary>Clears the key.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            CryptographicOperations.ZeroMemory(_key);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"SealingKey({Convert.ToHexStringLower(_name)}, redacted)";
}
