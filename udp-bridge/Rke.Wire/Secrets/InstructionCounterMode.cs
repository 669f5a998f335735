using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// Counter mode with the AES instructions of the processor. It encrypts eight or four blocks at the same time, because an
/// instruction takes several cycles, and a new one can start in each cycle. The round keys are in pinned memory, so that
/// the garbage collector does not copy them.
/// </summary>
internal sealed class InstructionCounterMode<TRounds> : CounterMode
    where TRounds : struct, IAesRounds
{
    private const int Rounds = 10;
    private const int FewBlocks = 4;
    private const int ManyBlocks = 8;

    private readonly Vector128<byte>[] _roundKeys = GC.AllocateArray<Vector128<byte>>(Rounds + 1, pinned: true);

    /// <summary>The round keys, for tests.</summary>
    public ReadOnlySpan<byte> RoundKeys => MemoryMarshal.AsBytes(_roundKeys.AsSpan());

    /// <summary>The key expansion of FIPS 197, section 5.2. A word is four bytes, the first one in the lowest bits.</summary>
    public override void SetKey(ReadOnlySpan<byte> key)
    {
        var word0 = BinaryPrimitives.ReadUInt32LittleEndian(key);
        var word1 = BinaryPrimitives.ReadUInt32LittleEndian(key[4..]);
        var word2 = BinaryPrimitives.ReadUInt32LittleEndian(key[8..]);
        var word3 = BinaryPrimitives.ReadUInt32LittleEndian(key[12..]);
        var constant = 1u;
        _roundKeys[0] = Vector128.Create(word0, word1, word2, word3).AsByte();
        for (var round = 1; round <= Rounds; round++)
        {
            word0 ^= BitOperations.RotateRight(SubstituteWord(word3), 8) ^ constant;
            word1 ^= word0;
            word2 ^= word1;
            word3 ^= word2;
            _roundKeys[round] = Vector128.Create(word0, word1, word2, word3).AsByte();

            // Multiplication by x in the field of AES.
            constant = (constant << 1) ^ ((constant >> 7) * 0x11B);
        }
    }

    public override void Apply(ulong high, ulong low, Span<byte> data)
    {
        ReadOnlySpan<Vector128<byte>> keys = _roundKeys;
        var counter = new Counter(high, low);
        while (data.Length >= ManyBlocks * BlockLength)
        {
            ApplyToMany(keys, ref counter, MemoryMarshal.Cast<byte, Vector128<byte>>(data[..(ManyBlocks * BlockLength)]));
            data = data[(ManyBlocks * BlockLength)..];
        }

        if (data.Length >= FewBlocks * BlockLength)
        {
            ApplyToFew(keys, ref counter, MemoryMarshal.Cast<byte, Vector128<byte>>(data[..(FewBlocks * BlockLength)]));
            data = data[(FewBlocks * BlockLength)..];
        }

        if (!data.IsEmpty)
        {
            Span<Vector128<byte>> last = stackalloc Vector128<byte>[FewBlocks];
            var bytes = MemoryMarshal.AsBytes(last);
            data.CopyTo(bytes);
            ApplyToFew(keys, ref counter, last);
            bytes[..data.Length].CopyTo(data);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_roundKeys.AsSpan()));

    // ShiftRows has no effect on four equal columns.
    private static uint SubstituteWord(uint word) =>
        TRounds.Substitute(Vector128.Create(word).AsByte()).AsUInt32().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ApplyToFew(ReadOnlySpan<Vector128<byte>> keys, ref Counter counter, Span<Vector128<byte>> data)
    {
        var previous = keys[0];
        var block0 = TRounds.Start(counter.Next(), previous);
        var block1 = TRounds.Start(counter.Next(), previous);
        var block2 = TRounds.Start(counter.Next(), previous);
        var block3 = TRounds.Start(counter.Next(), previous);
        for (var round = 1; round < Rounds; round++)
        {
            var key = keys[round];
            block0 = TRounds.Round(block0, previous, key);
            block1 = TRounds.Round(block1, previous, key);
            block2 = TRounds.Round(block2, previous, key);
            block3 = TRounds.Round(block3, previous, key);
            previous = key;
        }

        var last = keys[Rounds];
        data[0] ^= TRounds.LastRound(block0, previous, last);
        data[1] ^= TRounds.LastRound(block1, previous, last);
        data[2] ^= TRounds.LastRound(block2, previous, last);
        data[3] ^= TRounds.LastRound(block3, previous, last);
    }

    private static void ApplyToMany(ReadOnlySpan<Vector128<byte>> keys, ref Counter counter, Span<Vector128<byte>> data)
    {
        var previous = keys[0];
        var block0 = TRounds.Start(counter.Next(), previous);
        var block1 = TRounds.Start(counter.Next(), previous);
        var block2 = TRounds.Start(counter.Next(), previous);
        var block3 = TRounds.Start(counter.Next(), previous);
        var block4 = TRounds.Start(counter.Next(), previous);
        var block5 = TRounds.Start(counter.Next(), previous);
        var block6 = TRounds.Start(counter.Next(), previous);
        var block7 = TRounds.Start(counter.Next(), previous);
        for (var round = 1; round < Rounds; round++)
        {
            var key = keys[round];
            block0 = TRounds.Round(block0, previous, key);
            block1 = TRounds.Round(block1, previous, key);
            block2 = TRounds.Round(block2, previous, key);
            block3 = TRounds.Round(block3, previous, key);
            block4 = TRounds.Round(block4, previous, key);
            block5 = TRounds.Round(block5, previous, key);
            block6 = TRounds.Round(block6, previous, key);
            block7 = TRounds.Round(block7, previous, key);
            previous = key;
        }

        var last = keys[Rounds];
        data[0] ^= TRounds.LastRound(block0, previous, last);
        data[1] ^= TRounds.LastRound(block1, previous, last);
        data[2] ^= TRounds.LastRound(block2, previous, last);
        data[3] ^= TRounds.LastRound(block3, previous, last);
        data[4] ^= TRounds.LastRound(block4, previous, last);
        data[5] ^= TRounds.LastRound(block5, previous, last);
        data[6] ^= TRounds.LastRound(block6, previous, last);
        data[7] ^= TRounds.LastRound(block7, previous, last);
    }

    // The counter block: a big-endian number in two halves.
    private struct Counter(ulong high, ulong low)
    {
        private ulong _high = high;
        private ulong _low = low;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<byte> Next()
        {
            var block = Vector128.Create(
                BinaryPrimitives.ReverseEndianness(_high), BinaryPrimitives.ReverseEndianness(_low));
            if (++_low == 0)
            {
                _high++;
            }

            return block.AsByte();
        }
    }
}
