using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using X86 = System.Runtime.Intrinsics.X86;

namespace Rke.Wire.Tests;

/// <summary>
/// All implementations of counter mode that this processor supports give the same bytes. On x86, one of them has the
/// rounds of ARM.
/// </summary>
public class CounterModeTests
{
    private const int MaxLength = 1500;
    private const ulong Last = ulong.MaxValue;

    private static readonly byte[] Key = Convert.FromHexString("2b7e151628aed2a6abf7158809cf4f3c");

    private static readonly Dictionary<string, Func<CounterMode>> All = new Func<CounterMode>[]
    {
        () => new PlatformCounterMode(),
        Instructions<X86AesRounds>,
        Instructions<ArmAesRounds>,
        Instructions<ArmRoundsOnX86>,
    }
        .Where(create => IsSupported(create)).ToDictionary(create => NameOf(create()));

    public static TheoryData<string> Names => [.. All.Keys];

    public static TheoryData<string> NamesOfInstructions => [.. All.Keys.Except([nameof(PlatformCounterMode)])];

    public static TheoryData<string, ulong, ulong> NamesAndCounters
    {
        get
        {
            var data = new TheoryData<string, ulong, ulong>();
            foreach (var name in All.Keys)
            {
                data.Add(name, 0, 0);
                data.Add(name, 0x0123456789ABCDEF, 1ul << 63);

                // The second half of the counter block overflows after 2, 9 and 13 blocks.
                data.Add(name, 7, Last - 1);
                data.Add(name, 0x00000000FFFFFFFF, Last - 8);
                data.Add(name, Last, Last - 12);
            }

            return data;
        }
    }

    [Fact]
    public void The_instructions_of_the_processor_are_used()
    {
        var expected = X86AesRounds.IsSupported ? NameOf(Instructions<X86AesRounds>())
            : ArmAesRounds.IsSupported ? NameOf(Instructions<ArmAesRounds>())
            : nameof(PlatformCounterMode);
        using var created = CounterMode.Create();
        Assert.Equal(expected, NameOf(created));
    }

    [Theory, MemberData(nameof(NamesAndCounters))]
    public void The_bytes_are_those_of_AES_and_a_big_endian_counter(string name, ulong high, ulong low)
    {
        using var mode = All[name]();
        foreach (var key in (byte[][])[Key, new byte[16], [.. Enumerable.Repeat((byte)0xFF, 16)], [.. Enumerable.Range(0, 16).Select(n => (byte)n)]])
        {
            mode.SetKey(key);
            var keystream = Keystream(key, high, low);
            for (var length = 0; length <= MaxLength; length++)
            {
                var plain = Enumerable.Range(0, length + 1).Select(index => (byte)(index * 7)).ToArray();
                var data = plain.ToArray();
                mode.Apply(high, low, data.AsSpan(0, length));
                for (var index = 0; index < length; index++)
                {
                    data[index] ^= keystream[index];
                }

                // The byte after the data does not change.
                Assert.Equal(plain, data);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task One_cipher_can_be_used_concurrently(string name)
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Key), All[name]());
        var expected = Enumerable.Range(0, 8).Select(number => Keystream(Key, (ulong)number, 0)).ToList();
        await Task.WhenAll(expected.Select((keystream, number) => Task.Run(() =>
        {
            var data = new byte[MaxLength];
            for (var round = 0; round < 2000; round++)
            {
                var part = data.AsSpan(0, round % MaxLength);
                part.Clear();
                cipher.Apply(new((ulong)number), 0, part);
                Assert.True(part.SequenceEqual(keystream.AsSpan(0, part.Length)));
            }
        })));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_key_can_be_replaced(string name)
    {
        using var cipher = new CoinCipher(default, All[name]());
        cipher.SetNumber(AuthenticityNumber.Read(Key));
        var data = new byte[MaxLength];
        cipher.Apply(new(1), 0, data);
        Assert.Equal(Keystream(Key, 1, 0), data);
        Assert.True(cipher.Number == AuthenticityNumber.Read(Key));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_disposed_cipher_throws(string name)
    {
        var cipher = new CoinCipher(AuthenticityNumber.Read(Key), All[name]());
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Apply(new(1), 0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => cipher.Apply(new(1), 0, []));
        Assert.Throws<ObjectDisposedException>(() => cipher.Number);
        Assert.Throws<ObjectDisposedException>(() => cipher.SetNumber(default));
    }

    [Theory, MemberData(nameof(Names))]
    public void Encryption_does_not_allocate(string name)
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Key), All[name]());
        var data = new byte[MaxLength];
        var minimum = long.MaxValue;
        for (var attempt = 0; attempt < 5 && minimum > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var length = 0; length < MaxLength; length++)
            {
                cipher.Apply(new(1), 0, data.AsSpan(0, length));
            }

            minimum = Math.Min(minimum, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, minimum);
    }

    /// <summary>The last round key is in the example of FIPS 197, appendix A.1.</summary>
    [Theory, MemberData(nameof(NamesOfInstructions))]
    public void Dispose_clears_the_round_keys(string name)
    {
        var mode = All[name]();
        var cipher = new CoinCipher(AuthenticityNumber.Read(Key), mode);
        Assert.True(RoundKeys(mode).StartsWith(Key));
        Assert.Equal("d014f9a8c9ee2589e13f0cc8b6630ca6", Convert.ToHexStringLower(RoundKeys(mode)[^16..]));

        cipher.Dispose();

        Assert.False(RoundKeys(mode).ContainsAnyExcept((byte)0));
    }

    /// <summary>Otherwise, the caller would send bytes that were encrypted under a key of zeros.</summary>
    [Fact]
    public void A_cipher_that_is_disposed_while_it_encrypts_throws_and_clears_the_data()
    {
        var mode = new InterruptedCounterMode();
        var cipher = new CoinCipher(AuthenticityNumber.Read(Key), mode);
        mode.OnApply = cipher.Dispose;
        var data = new byte[100];
        Array.Fill(data, (byte)1);

        Assert.Throws<ObjectDisposedException>(() => cipher.Apply(new(1), 0, data));

        Assert.All(data, value => Assert.Equal(0, value));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Concurrent_calls_end_with_the_right_bytes_or_throw_when_the_cipher_is_disposed(string name)
    {
        var expected = Keystream(Key, 1, 0);
        for (var round = 0; round < 50; round++)
        {
            var cipher = new CoinCipher(AuthenticityNumber.Read(Key), All[name]());
            using var started = new SemaphoreSlim(0);
            var users = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                started.Release();
                var data = new byte[MaxLength];
                while (true)
                {
                    Array.Clear(data);
                    cipher.Apply(new(1), 0, data);
                    Assert.Equal(expected, data);
                    Assert.True(cipher.Number == AuthenticityNumber.Read(Key));
                }
            })).ToList();
            await started.WaitAsync(TestContext.Current.CancellationToken);
            await started.WaitAsync(TestContext.Current.CancellationToken);

            cipher.Dispose();

            foreach (var user in users)
            {
                await Assert.ThrowsAsync<ObjectDisposedException>(() => user);
            }
        }
    }

    private static InstructionCounterMode<TRounds> Instructions<TRounds>()
        where TRounds : struct, IAesRounds =>
        TRounds.IsSupported ? new() : throw new PlatformNotSupportedException();

    private static ReadOnlySpan<byte> RoundKeys(CounterMode mode) => mode switch
    {
        InstructionCounterMode<X86AesRounds> x86 => x86.RoundKeys,
        InstructionCounterMode<ArmAesRounds> arm => arm.RoundKeys,
        _ => ((InstructionCounterMode<ArmRoundsOnX86>)mode).RoundKeys,
    };

    private static bool IsSupported(Func<CounterMode> create)
    {
        try
        {
            create().Dispose();
            return true;
        }
        catch (PlatformNotSupportedException)
        {
            return false;
        }
    }

    private static string NameOf(CounterMode mode) =>
        mode.GetType().GenericTypeArguments.FirstOrDefault()?.Name ?? mode.GetType().Name;

    private static byte[] Keystream(byte[] key, ulong high, ulong low)
    {
        var blocks = new byte[(MaxLength + 15) / 16 * 16];
        var counter = new UInt128(high, low);
        for (var offset = 0; offset < blocks.Length; offset += 16)
        {
            BinaryPrimitives.WriteUInt128BigEndian(blocks.AsSpan(offset), counter);
            counter++;
        }

        using var aes = Aes.Create();
        aes.SetKey(key);
        return aes.EncryptEcb(blocks, PaddingMode.None)[..MaxLength];
    }

    /// <summary>AESE and AESMC of ARM, made of instructions of x86: MixColumns is a round without the other steps.</summary>
    private readonly struct ArmRoundsOnX86 : IAesRounds
    {
        public static bool IsSupported => X86.Aes.IsSupported;

        public static Vector128<byte> Substitute(Vector128<byte> block) => Encrypt(block, Vector128<byte>.Zero);

        public static Vector128<byte> Start(Vector128<byte> block, Vector128<byte> firstKey) => block;

        public static Vector128<byte> Round(Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key) =>
            MixColumns(Encrypt(block, previousKey));

        public static Vector128<byte> LastRound(
            Vector128<byte> block, Vector128<byte> previousKey, Vector128<byte> key) => Encrypt(block, previousKey) ^ key;

        private static Vector128<byte> Encrypt(Vector128<byte> block, Vector128<byte> key) =>
            X86.Aes.EncryptLast(block ^ key, Vector128<byte>.Zero);

        private static Vector128<byte> MixColumns(Vector128<byte> block) =>
            X86.Aes.Encrypt(X86.Aes.DecryptLast(block, Vector128<byte>.Zero), Vector128<byte>.Zero);
    }

    private sealed class InterruptedCounterMode : CounterMode
    {
        public Action OnApply { get; set; } = () => { };

        public override void SetKey(ReadOnlySpan<byte> key)
        {
        }

        public override void Apply(ulong high, ulong low, Span<byte> data) => OnApply();

        public override void Dispose()
        {
        }
    }
}
