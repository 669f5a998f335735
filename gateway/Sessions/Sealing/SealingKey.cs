using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>A key that session keys are sealed under: 32 bytes, and a name that tells it from others.</summary>
internal sealed class SealingKey : IDisposable
{
    public const int Length = 32;
    public const int NameLength = 8;

    private static readonly byte[] NameInfo = Encoding.ASCII.GetBytes("rke sealing key name v1");

    private readonly Lock _gate = new();
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
    private readonly byte[] _name = new byte[NameLength];
    private bool _isGone;

    public SealingKey(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_key);
        HKDF.Expand(HashAlgorithmName.SHA256, _key, _name, NameInfo);
    }

    /// <summary>Says nothing of the key itself.</summary>
    public ReadOnlySpan<byte> Name => _name;

    public bool Is(ReadOnlySpan<byte> name) => name.SequenceEqual(_name);

    /// <summary>For one user, who disposes it: a cipher does one thing at a time.</summary>
    /// <exception cref="ObjectDisposedException">The key has been zeroed.</exception>
    public AesGcm MakeCipher()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isGone, this);
            return new(_key, AesGcm.TagByteSizes.MaxSize);
        }
    }

    /// <summary>Zeroes it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isGone = true;
            CryptographicOperations.ZeroMemory(_key);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"SealingKey({Convert.ToHexStringLower(_name)}, redacted)";
}
