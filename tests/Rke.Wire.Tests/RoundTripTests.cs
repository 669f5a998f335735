using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Rke.Wire.Tests;

/// <summary>Writes and reads all messages with random inputs, in both profiles and directions.</summary>
public class RoundTripTests
{
    [Fact]
    public void Echo() =>
        Hold(WireGenerators.Envelope, envelope => Assert.Empty(envelope.Send(default(EchoPayload), out _)));

    [Fact]
    public void Post_key() => Hold(
        from envelope in WireGenerators.Envelope
        from id in WireGenerators.KeyId
        from sender in WireGenerators.Coin
        from length in WireGenerators.KeyLength
        from start in Gen.Choose(0, ProfileRules.KeyRoom(envelope.Profile) - length)
        from part in WireGenerators.Bytes(length)
        from padding in WireGenerators.Bytes(128)
        select (envelope, id, sender, start, part, padding),
        input =>
        {
            var (envelope, id, sender, start, part, padding) = input;
            Assert.True(PostKeyPayload.TryCreate(envelope.Profile, id, sender, start, part, padding, out var sent, out _));
            var plain = envelope.Send(sent, out _);
            Assert.True(PostKeyPayload.TryRead(envelope.Profile, plain, out var got, out var error), $"{error}");
            Assert.Equal(envelope.Profile == WireProfile.Rke ? default : sender, got.Sender);
            Assert.Equal(start, got.KeyStart);
            Assert.Equal(part, got.KeyPart);
            Assert.Equal(id.Hash(), got.Hash);
            Assert.Equal(envelope.Profile == WireProfile.Rke ? id : null, got.KeyId);
            part.CopyTo(padding, start);
            Assert.Equal(padding, got.Padding);
        });

    [Fact]
    public void Get_key() => Hold(
        from envelope in WireGenerators.Envelope
        from id in WireGenerators.KeyId
        from sender in WireGenerators.Coin
        from address in WireGenerators.Address
        from length in WireGenerators.KeyLength
        from part in WireGenerators.Bytes(length)
        select (envelope, id, sender, address, part),
        input =>
        {
            var (envelope, id, sender, address, part) = input;
            var plain = envelope.Send(new GetKeyPayload(id.Hash()), out var datagram);
            Assert.True(GetKeyPayload.TryRead(envelope.Profile, plain, out var asked, out var error), $"{error}");
            Assert.Equal(id.Hash(), asked.Hash);

            plain = envelope.Answer(datagram, new GetKeyAnswer(id, sender, address, part));
            Assert.True(GetKeyAnswer.TryRead(envelope.Profile, plain, out var answer, out error), $"{error}");
            Assert.Equal(sender, answer.Sender);
            Assert.Equal(part, answer.KeyPart);
            var isRke = envelope.Profile == WireProfile.Rke;
            Assert.Equal(isRke ? id : null, answer.KeyId);
            Assert.Equal(isRke ? address : null, answer.SenderAddress);
        });

    [Fact]
    public void Get_key_without_a_key_in_the_response() => Hold(
        from envelope in WireGenerators.Envelope.Where(envelope => envelope.Profile == WireProfile.Rke)
        from id in WireGenerators.KeyId
        from sender in WireGenerators.Coin
        select (envelope, id, sender),
        input =>
        {
            var (envelope, id, sender) = input;
            envelope.Send(new GetKeyPayload(id.Hash()), out var datagram);
            var plain = envelope.Answer(datagram, new GetKeyAnswer(id, sender, null, default));
            Assert.Equal(37, plain.Length);
            Assert.True(GetKeyAnswer.TryRead(WireProfile.Rke, plain, out var answer, out _));
            Assert.True(answer.KeyPart.IsEmpty);
            Assert.Null(answer.SenderAddress);
        });

    [Fact]
    public void Signal() => Hold(
        from envelope in WireGenerators.Envelope
        from parts in WireGenerators.Parts
        from fill in WireGenerators.Bytes(16 * 12)
        from used in Gen.Choose(0, (1 << parts.Length) - 1)
        select (envelope, parts, fill, used),
        input =>
        {
            var (envelope, parts, fill, used) = input;
            Assert.True(SignalPayload.TryCreate(parts, fill, out var sent, out _));
            var address = new RequestAddress(envelope.Profile, envelope.Address.Network, 0, default);
            var open = envelope with { Cipher = null };
            var plain = open.Send(sent, out var datagram, address);
            Assert.True(SignalPayload.TryRead(plain, new SignalPart[16], out var got, out var error), $"{error}");
            Assert.Equal(parts, got.Parts);

            plain = open.Answer(datagram, new SignalAnswer((ushort)used));
            Assert.True(SignalAnswer.TryRead(plain, parts.Length, out var answer, out error), $"{error}");
            Assert.Equal(used, answer.Used);
        });

    [Fact]
    public void Name_lookup_of_addresses() => Hold(
        from envelope in WireGenerators.Envelope
        from type in Gen.Elements(NameRecordType.A, NameRecordType.Srv)
        from name in WireGenerators.Name(envelope.Profile)
        from address in WireGenerators.IPv4
        from port in Gen.Choose(1, 65535)
        select (envelope, type, name, address, port),
        input =>
        {
            var (envelope, type, name, address, port) = input;
            var datagram = Ask(envelope, type, name);
            var plain = envelope.Answer(
                datagram,
                type == NameRecordType.A
                    ? NameLookupAnswer.OfAddress(address)
                    : NameLookupAnswer.OfService(new(address, port)));
            Assert.True(NameLookupAnswer.TryRead(envelope.Profile, type, plain, out var answer, out var error), $"{error}");
            Assert.Equal(address, answer.Address);
            Assert.Equal(type == NameRecordType.A ? 0 : port, answer.Port);
        });

    [Fact]
    public void Name_lookup_of_text() => Hold(
        from envelope in WireGenerators.Envelope.Where(envelope => envelope.Profile == WireProfile.Rke)
        from name in WireGenerators.Name(WireProfile.Rke)
        from length in Gen.Choose(1, NameLookupAnswer.MaxTextLength)
        from text in WireGenerators.Bytes(length)
        select (envelope, name, text),
        input =>
        {
            var (envelope, name, text) = input;
            var datagram = Ask(envelope, NameRecordType.Txt, name);
            Assert.True(NameLookupAnswer.TryCreateText(text, out var sent));
            var plain = envelope.Answer(datagram, sent);
            var read = NameLookupAnswer.TryRead(WireProfile.Rke, NameRecordType.Txt, plain, out var answer, out var error);
            Assert.True(read, $"{error}");
            Assert.Equal(text, answer.Text);
            Assert.Null(answer.Address);
        });

    [Fact]
    public void Exchange_keys() => Hold(
        from envelope in WireGenerators.Envelope.Where(envelope => envelope.Profile == WireProfile.Rke)
        from ci in WireGenerators.Bytes(16).Where(bytes => bytes[0] != 0)
        from slots in WireGenerators.Slots
        from used in Gen.Choose(0, (1 << slots.Length) - 1)
        select (envelope, ci, slots, used),
        input =>
        {
            var (envelope, ci, slots, used) = input;
            Assert.True(ExchangeKeysPayload.TryCreate(CacheableKeyId.Read(ci), slots, out var sent, out _));
            var open = envelope with { Cipher = null };
            var address = new RequestAddress(envelope.Profile, envelope.Address.Network, 0, default);
            var plain = open.Send(sent, out var datagram, address);
            Assert.True(ExchangeKeysPayload.TryRead(plain, new KeySlot[16], out var got, out var error), $"{error}");
            Assert.Equal(slots, got.Slots);
            Assert.Equal(CacheableKeyId.Read(ci), got.CacheableId);

            plain = open.Answer(datagram, new ExchangeKeysAnswer((ushort)used), ExchangeKeysAnswer.Status);
            Assert.True(ExchangeKeysAnswer.TryRead(plain, slots.Length, out var answer, out error), $"{error}");
            Assert.Equal(used, answer.Used);
        });

    [Fact]
    public void Free_account_and_paid_account() => Hold(
        from envelope in WireGenerators.Envelope.Where(envelope => envelope.Profile == WireProfile.Rke)
        from paying in WireGenerators.Coin
        from proposed in WireGenerators.Coin
        from numbers in WireGenerators.Bytes(400)
        from number in WireGenerators.Bytes(16)
        select (envelope, paying, proposed, numbers, number),
        input =>
        {
            var (envelope, paying, proposed, numbers, number) = input;
            var open = envelope with { Cipher = null };
            var address = open.Address with { Coin = default };
            var plain = open.Send(new FreeAccountPayload(proposed), out var datagram, address);
            Assert.True(FreeAccountPayload.TryRead(plain, out var free, out var error), $"{error}");
            Assert.Equal(proposed, free.Proposed);
            Answer(WireCommand.FreeAccount);

            plain = open.Send(new PaidAccountPayload(paying, proposed, numbers), out datagram, address);
            Assert.True(PaidAccountPayload.TryRead(plain, out var paid, out error), $"{error}");
            Assert.Equal((paying, proposed), (paid.Paying, paid.Proposed));
            Assert.Equal(numbers, paid.Numbers);
            Assert.Equal(AuthenticityNumber.Read(numbers.AsSpan(16 * 24)), paid.NumberFor(24));
            Answer(WireCommand.PaidAccount);

            void Answer(WireCommand command)
            {
                var sent = new AccountAnswer(command, AuthenticityNumber.Read(number));
                Assert.True(AccountAnswer.TryRead(command, open.Answer(datagram, sent), out var got, out _));
                Assert.Equal(sent, got);
            }
        });

    [Fact]
    public void A_name_lookup_response_must_have_ipv4_and_a_port()
    {
        Assert.Throws<ArgumentException>(() => NameLookupAnswer.OfAddress(IPAddress.IPv6Loopback).Type);
        Assert.Throws<ArgumentOutOfRangeException>(() => NameLookupAnswer.OfService(new(IPAddress.Loopback, 0)).Type);
    }

    private static byte[] Ask(Envelope envelope, NameRecordType type, string name)
    {
        Assert.True(
            NameLookupPayload.TryCreate(envelope.Profile, type, Encoding.ASCII.GetBytes(name), out var sent, out _));
        var plain = envelope.Send(sent, out var datagram);
        Assert.True(NameLookupPayload.TryRead(envelope.Profile, plain, out var got, out var error), $"{error}");
        Assert.Equal(type, got.Type);
        Assert.Equal(name, Encoding.ASCII.GetString(got.Name));
        return datagram;
    }

    private static void Hold<T>(Gen<T> inputs, Action<T> property) =>
        Prop.ForAll(Arb.From(inputs), property).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
}
