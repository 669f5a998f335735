using System.Buffers.Binary;
using System.IO.Hashing;

namespace Rke.Wire.Tests;

/// <summary>Exchange Keys, Free Account and Paid Account (docs/WIRE.md §10).</summary>
public class OptionalCommandTests
{
    private static readonly KeySlot Slot = new(6, 3, default, default);
    private static readonly CacheableKeyId CacheableId = CacheableKeyId.Read("sixteen bytes CI"u8);

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(0, true, true)]
    [InlineData(1, false, true)]
    [InlineData(16, true, true)]
    [InlineData(17, true, false)]
    [InlineData(37, true, false)]
    public void An_exchange_has_1_to_16_slots_or_only_a_cacheable_key_id(int count, bool hasId, bool right)
    {
        var id = hasId ? CacheableId : default;
        var slots = Enumerable.Repeat(Slot, count).ToArray();
        Assert.Equal(right, ExchangeKeysPayload.TryCreate(id, slots, out _, out var error));
        Assert.Equal(right ? WireError.None : WireError.PartCountInvalid, error);

        var bytes = new byte[ExchangeKeysPayload.Length];
        id.CopyTo(bytes);
        for (var index = 0; index < count; index++)
        {
            bytes[16 + (index * 26) + 1] = 6;
        }

        Assert.Equal(right, ExchangeKeysPayload.TryRead(bytes, new KeySlot[16], out _, out error));
        Assert.Equal(right ? WireError.None : WireError.PartCountInvalid, error);
    }

    [Fact]
    public void The_first_empty_slot_ends_the_list()
    {
        var bytes = Exchange(Slot, Slot);
        bytes.AsSpan(16 + (2 * 26) + 2, (35 * 26) - 2).Fill(0x77);
        Assert.True(ExchangeKeysPayload.TryRead(bytes, new KeySlot[16], out var read, out _));
        Assert.Equal([Slot, Slot], read.Slots);
    }

    [Theory]
    [InlineData(18, WireError.SplitWrong)]
    [InlineData(19, WireError.RaidaIdWrong)]
    [InlineData(20, WireError.ShardWrong)]
    [InlineData(978, WireError.ReservedNotZero)]
    [InlineData(999, WireError.ReservedNotZero)]
    public void A_fixed_byte_of_an_exchange_is_checked(int offset, WireError expected)
    {
        var bytes = Exchange(Slot);
        bytes[offset] = 25;
        Assert.False(ExchangeKeysPayload.TryRead(bytes, new KeySlot[16], out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_slot_needs_a_network_and_a_raida_id()
    {
        Assert.False(ExchangeKeysPayload.TryCreate(CacheableId, [Slot with { Network = 0 }], out _, out var error));
        Assert.Equal(WireError.PartCountInvalid, error);
        Assert.False(ExchangeKeysPayload.TryCreate(CacheableId, [Slot with { RaidaId = 25 }], out _, out error));
        Assert.Equal(WireError.RaidaIdWrong, error);
    }

    [Fact]
    public void The_bit_of_slot_0_is_the_highest_bit_of_byte_0()
    {
        var bytes = new byte[5];
        new ExchangeKeysAnswer(0b1_0000_0101).Write(WireProfile.Rke, bytes);
        Assert.Equal([0b1010_0000, 0b1000_0000, 0, 0, 0], bytes);
        Assert.True(ExchangeKeysAnswer.TryRead(bytes, 9, out var answer, out _));
        Assert.Equal((3, true, false, true), (answer.Count, answer.IsUsed(0), answer.IsUsed(1), answer.IsUsed(8)));
        Assert.False(ExchangeKeysAnswer.TryRead(bytes, 8, out _, out var error));
        Assert.Equal(WireError.FlagInvalid, error);
        bytes[4] = 1;
        Assert.False(ExchangeKeysAnswer.TryRead(bytes, 16, out _, out error));
        Assert.Equal(WireError.FlagInvalid, error);
        Assert.False(ExchangeKeysAnswer.TryRead(bytes.AsSpan(1), 16, out _, out error));
        Assert.Equal(WireError.BodyLengthWrong, error);
    }

    [Theory]
    [InlineData(2, 5, ResponseVerdict.Believed)]
    [InlineData(2, 0, ResponseVerdict.Ignored)]
    [InlineData(2, 4, ResponseVerdict.Ignored)]
    [InlineData(1, 0, ResponseVerdict.Believed)]
    [InlineData(1, 5, ResponseVerdict.Ignored)]
    [InlineData(3, 0, ResponseVerdict.Believed)]
    [InlineData(3, 5, ResponseVerdict.Ignored)]
    [InlineData(0, 5, ResponseVerdict.Ignored)]
    [InlineData(10, 0, ResponseVerdict.Believed)]
    public void Only_a_partial_success_has_a_body(byte status, int body, ResponseVerdict expected)
    {
        var vector = new Vector("rke-exchange_keys-1");
        var response = vector.Hex("response").AsSpan(0, 32 + (body == 0 ? 0 : body + 2));
        response[2] = status;
        response[11] = (byte)(response.Length - 32);
        if (body > 0)
        {
            response[^2..].Fill(0xE3);
        }

        Assert.Equal(expected, ResponseFrame.Examine(vector.Expected, response, out _, out _));
    }

    [Fact]
    public void A_partial_success_with_a_wrong_signature_is_ignored()
    {
        var vector = new Vector("rke-exchange_keys-1");
        var response = vector.Hex("response");
        response[31] ^= 1;
        Assert.Equal(ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, response, out _, out var error));
        Assert.Equal(WireError.SignatureWrong, error);
    }

    [Theory]
    [InlineData("rke-exchange_keys-0")]
    [InlineData("rke-free_account-4")]
    [InlineData("rke-paid_account-7")]
    public void The_commands_are_unencrypted_and_only_in_the_rke_profile(string name)
    {
        var request = new Vector(name).Hex("request");
        request[16] = 1;
        Assert.False(RequestFrame.TryRead(WireProfile.Rke, request, out _, out var error));
        Assert.Equal(WireError.EncryptionTypeWrong, error);
        request[16] = 0;
        (request[^2], request[^1]) = (0x3E, 0x3E);
        Assert.False(RequestFrame.TryRead(WireProfile.Raidax, request, out _, out error));
        Assert.Equal(WireError.CommandUnknown, error);
    }

    [Theory]
    [InlineData("rke-exchange_keys-0", 1050)]
    [InlineData("rke-free_account-4", 59)]
    [InlineData("rke-paid_account-7", 470)]
    public void Each_truncated_frame_is_rejected(string name, int length)
    {
        var request = new Vector(name).Hex("request");
        Assert.Equal(length, request.Length);
        for (var end = 0; end < request.Length; end++)
        {
            Assert.False(RequestFrame.TryRead(WireProfile.Rke, request.AsSpan(0, end), out _, out _));
        }

        Assert.False(RequestFrame.TryRead(WireProfile.Rke, [.. request, 0xE3], out _, out _));
    }

    [Fact]
    public void An_exchange_with_a_raida_id_is_rejected()
    {
        var request = new Vector("rke-exchange_keys-0").Hex("request");
        request[2] = 1;
        Assert.False(RequestFrame.TryRead(WireProfile.Rke, request, out _, out var error));
        Assert.Equal(WireError.RaidaIdWrong, error);
    }

    [Fact]
    public void Every_changed_bit_of_an_account_request_is_detected()
    {
        var free = Payload("rke-free_account-4");
        var paid = Payload("rke-paid_account-7");
        for (var bit = 0; bit < free.Length * 8; bit++)
        {
            free[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(FreeAccountPayload.TryRead(free, out _, out var error));
            Assert.Equal(WireError.ChecksumWrong, error);
            free[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var bit = 0; bit < paid.Length * 8; bit++)
        {
            paid[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(PaidAccountPayload.TryRead(paid, out _, out var error));
            Assert.Equal(WireError.ChecksumWrong, error);
            paid[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void The_six_reserved_bytes_of_a_paid_account_must_be_zero()
    {
        var paid = Payload("rke-paid_account-7");
        paid[5] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(paid.AsSpan(^4), Crc32.HashToUInt32(paid.AsSpan(..^4)));
        Assert.False(PaidAccountPayload.TryRead(paid, out _, out var error));
        Assert.Equal(WireError.ReservedNotZero, error);
    }

    private static byte[] Exchange(params KeySlot[] slots)
    {
        Assert.True(ExchangeKeysPayload.TryCreate(CacheableId, slots, out var payload, out _));
        var bytes = new byte[payload.Measure(WireProfile.Rke)];
        payload.Write(WireProfile.Rke, bytes);
        return bytes;
    }

    private static byte[] Payload(string name) => new Vector(name).Hex("request")[48..^2];
}
