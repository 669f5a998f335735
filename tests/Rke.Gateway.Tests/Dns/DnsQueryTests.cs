using System.Net;
using System.Security.Cryptography;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

public class DnsQueryTests
{
    private static readonly DnsName Name = Names.Parse("Raida.Example.com");

    [Fact]
    public void Is_written_byte_by_byte()
    {
        var query = DnsQuery.Create(Name, DnsType.Txt, Fill(0x2A), mixCase: false, extended: true);

        Assert.Equal(
            "2A2A" + "0100" + "0001" + "0000" + "0000" + "0001"
            + "057261696461076578616D706C6503636F6D00" + "0010" + "0001"
            + "00" + "0029" + "04D0" + "00000000" + "0000",
            Convert.ToHexString(query.Bytes.Span));
    }

    [Fact]
    public void Without_extensions_nothing_follows_the_question()
    {
        var query = DnsQuery.Create(Name, DnsType.A, Fill(0), mixCase: false, extended: false);

        Assert.Equal(
            "0000" + "0100" + "0001" + "0000" + "0000" + "0000" + "057261696461076578616D706C6503636F6D00" + "00010001",
            Convert.ToHexString(query.Bytes.Span));
    }

    [Fact]
    public void The_longest_name_fits()
    {
        var label = new string('a', 63);
        var name = Names.Parse($"{label}.{label}.{label}.{label[..61]}");

        Assert.Equal(282, DnsQuery.Create(name, DnsType.A, Fill(1), mixCase: true, extended: true).Bytes.Length);
    }

    [Fact]
    public void Mixed_case_must_come_back_the_same()
    {
        var query = DnsQuery.Create(Name, DnsType.A, Fill(1), mixCase: true, extended: false);

        Assert.Equal(ReplyVerdict.Matches, query.Check(Reply(0x0101, "RAIDA.EXAMPLE.COM", DnsType.A), out var reply));
        Assert.NotNull(reply);
        Assert.Equal(
            ReplyVerdict.WrongCase, query.Check(Reply(0x0101, "RAIDA.EXAMPLe.COM", DnsType.A), out reply));
        Assert.Null(reply);
    }

    [Fact]
    public void Replies_to_other_questions_are_recognized()
    {
        var query = DnsQuery.Create(Name, DnsType.A, Fill(1), mixCase: false, extended: false);

        Assert.Equal(ReplyVerdict.Matches, query.Check(Reply(0x0101, "raida.EXAMPLE.com", DnsType.A), out _));
        Assert.Equal(ReplyVerdict.WrongId, query.Check(Reply(0x0102, "raida.example.com", DnsType.A), out _));
        Assert.Equal(ReplyVerdict.WrongQuestion, query.Check(Reply(0x0101, "raida.example.org", DnsType.A), out _));
        Assert.Equal(ReplyVerdict.WrongQuestion, query.Check(Reply(0x0101, "raida.example.com", DnsType.Srv), out _));
        Assert.Equal(ReplyVerdict.Malformed, query.Check([], out _));
        Assert.Equal(ReplyVerdict.Malformed, query.Check(query.Bytes.Span, out _));
    }

    private static byte[] Reply(ushort id, string name, DnsType type) => new ReplyWriter(id, name, type)
        .Answer(new AddressRecord(name, TimeSpan.Zero, IPAddress.Loopback))
        .ToArray();

    private static ConstantGenerator Fill(byte value) => new(value);

    private sealed class ConstantGenerator(byte value) : RandomNumberGenerator
    {
        public override void GetBytes(byte[] data) => data.AsSpan().Fill(value);

        public override void GetBytes(Span<byte> data) => data.Fill(value);
    }
}
