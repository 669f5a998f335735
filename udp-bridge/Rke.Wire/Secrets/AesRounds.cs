using System.Runtime.Intrinsics;
using Arm = System.Runtime.Intrinsics.Arm;
using X86 = System.Runtime.Intrinsics.X86;

namespace Rke.Wire;

/// <summary>
/// The rounds of AES (FIPS 197) as instructions of a processor. The instructions take the same time for every key and
/// every block. The processors divide a round differently: x86 adds the round key at the end, ARM at the start. So a
/// round gets both keys.
/// </summary>
internal interface IAesRounds
{
    static abstract bool IsSupported { get; }

    /// <summary>SubBytes and ShiftRows, without a key.</summary>
    static abstract Vector128<byte> Substitute(Vector128<byte> block);

    static abstract Vector128<byte> Start(Vector128<byte> block, Vector128<byte> firstKey);

    /// <param name="block">The block after the previous round.</param>
    /// <param name="previousKey">The key of the previous round.</param>
    /// <param name="key">The key of this round.</param>
    static abstract Vector128<byte> Round(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key);

    /// <summary>The last round has no MixColumns.</summary>
    static abstract Vector128<byte> LastRound(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key);
}

/// <summary>AES-NI: AESENC and AESENCLAST.</summary>
internal readonly struct X86AesRounds : IAesRounds
{
    public static bool IsSupported => X86.Aes.IsSupported;

    public static Vector128<byte> Substitute(Vector128<byte> block) => X86.Aes.EncryptLast(block, Vector128<byte>.Zero);

    public static Vector128<byte> Start(Vector128<byte> block, Vector128<byte> firstKey) => block ^ firstKey;

    public static Vector128<byte> Round(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key) =>
        X86.Aes.Encrypt(block, key);

    public static Vector128<byte> LastRound(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key) =>
        X86.Aes.EncryptLast(block, key);
}

/// <summary>The cryptography extension of ARMv8: AESE and AESMC.</summary>
internal readonly struct ArmAesRounds : IAesRounds
{
    public static bool IsSupported => Arm.Aes.IsSupported;

    public static Vector128<byte> Substitute(Vector128<byte> block) => Arm.Aes.Encrypt(block, Vector128<byte>.Zero);

    public static Vector128<byte> Start(Vector128<byte> block, Vector128<byte> firstKey) => block;

    public static Vector128<byte> Round(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key) =>
        Arm.Aes.MixColumns(Arm.Aes.Encrypt(block, previousKey));

    public static Vector128<byte> LastRound(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key) =>
        Arm.Aes.Encrypt(block, previousKey) ^ key;
}
