namespace Rke.Wire;

/// <summary>
/// AES-128 in counter mode with one key (docs/WIRE.md §3). The counter block counts up as one big-endian number of 16
/// bytes. There is one implementation for each kind of processor, and all give the same bytes.
/// </summary>
internal abstract class CounterMode : IDisposable
{
    protected const int BlockLength = 16;

    /// <summary>The fastest implementation that this processor supports.</summary>
    public static CounterMode Create() =>
        X86AesRounds.IsSupported ? new InstructionCounterMode<X86AesRounds>()
        : ArmAesRounds.IsSupported ? new InstructionCounterMode<ArmAesRounds>()
        : new PlatformCounterMode();

    /// <summary>Replaces the key. No other thread may use this object at the same time.</summary>
    public abstract void SetKey(ReadOnlySpan<byte> key);

    /// <summary>Adds the keystream to the data. Thread-safe.</summary>
    /// <param name="high">The first half of the initial counter block.</param>
    /// <param name="low">The second half.</param>
    /// <param name="data">The bytes, of any length.</param>
    public abstract void Apply(ulong high, ulong low, Span<byte> data);

    /// <summary>Clears the key.</summary>
    public abstract void Dispose();
}
