using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>A key that session keys are sealed under: 32 bytes, and a name that tells it from others.</summary>
internal sealed class SealingKey
{
    public const int Length = 32;
    public const int NameLength = 8;

    private static readonly byte[] NameInfo = Encoding.ASCII.GetBytes("rke sealing key name v1");

    private readonly byte[] _name;

    public SealingKey(ReadOnlySpan<byte> bytes)
    {
        _name = HKDF.Expand(HashAlgorithmName.SHA256, bytes.ToArray(), NameLength, NameInfo);
        Cipher = new AesGcm(bytes, AesGcm.TagByteSizes.MaxSize);
    }

    /// <summary>Says nothing of the key itself.</summary>
    public ReadOnlySpan<byte> Name => _name;

    public AesGcm Cipher { get; }

    /// <inheritdoc/>
    public override string ToString() => $"SealingKey({Convert.ToHexStringLower(_name)}, redacted)";
}
