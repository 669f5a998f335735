using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>A key that session keys are sealed under: 32 bytes, and a name that tells it from others.</summary>
internal sealed class SealingKey
{
    public const int Length = 32;
    public const int NameLength = 8;

    private static readonly byte[] NameInfo = Encoding.ASCII.GetBytes("rke sealing key name v1");

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
    private readonly byte[] _name = new byte[NameLength];

    public SealingKey(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_key);
        HKDF.Expand(HashAlgorithmName.SHA256, _key, _name, NameInfo);
    }

    /// <summary>Says nothing of the key itself.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>For one user, who disposes it: a cipher does one thing at a time.</summary>
    public AesGcm MakeCipher() => new(_key, AesGcm.TagByteSizes.MaxSize);

    /// <inheritdoc/>
    public override string ToString() => $"SealingKey({Convert.ToHexStringLower(_name)}, redacted)";
}
