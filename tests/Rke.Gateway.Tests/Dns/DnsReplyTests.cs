using System.Net;
using System.Text;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

public class DnsReplyTests
{
    private const string Name = "raida.example.com";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Reads_a_reply_field_by_field()
    {
        var bytes = Convert.FromHexString(
            "1234" + "8580" + "0001" + "0001" + "0000" + "0001"
            + "045f726b65045f756470076578616d706c6503636f6d00" + "0021" + "0001"
            + "c00c" + "0021" + "0001" + "0000012c" + "000a" + "000a" + "0005" + "004b" + "0173" + "c016"
            + "00" + "0029" + "04d0" + "00000000" + "0000");

        Assert.Equal(DnsReadError.None, DnsReply.TryRead(bytes, out var reply));
        Assert.Equal(0x1234, reply!.Id);
        Assert.Equal("_rke._udp.example.com", reply.QuestionName);
        Assert.Equal(DnsType.Srv, reply.QuestionType);
        Assert.True(reply.IsAuthoritative);
        Assert.Equal(DnsResponseCode.NoError, reply.Code);
        Assert.Equal(
            new ServiceRecord("_rke._udp.example.com", TimeSpan.FromSeconds(300), 10, 5, 75, "s.example.com"),
            Assert.Single(reply.Answers));
    }

    [Fact]
    public void Reads_every_type()
    {
        var reply = Read(EveryType());

        Assert.Collection(
            reply.Answers,
            record => Assert.Equal(new AliasRecord(Name, Minute, "host.example.com"), record),
            record => Assert.Equal(new AddressRecord("host.example.com", Minute, IPAddress.Loopback), record),
            record => Assert.Equal(new AddressRecord("host.example.com", Minute, IPAddress.IPv6Loopback), record),
            record => Assert.Equal(new ServiceRecord(Name, Minute, 1, 2, 3, "."), record),
            record => Assert.Equal(
                ["1", "", "17"],
                Assert.IsType<TextRecord>(record).Strings.Select(part => Encoding.ASCII.GetString(part))));
        Assert.Equal(new AuthorityRecord("example.com", Minute, TimeSpan.FromSeconds(30)), reply.Authority);
    }

    [Fact]
    public void Every_truncated_prefix_is_rejected()
    {
        var bytes = EveryType();
        for (var length = 0; length < bytes.Length; length++)
        {
            var error = DnsReply.TryRead(bytes.AsSpan(0, length), out var reply);
            Assert.True(error == DnsReadError.Truncated, $"{length} of {bytes.Length}: {error}");
            Assert.Null(reply);
        }
    }

    [Theory]
    [InlineData("a pointer to itself", nameof(DnsType.Cname), "c02f", nameof(DnsReadError.NamePointer))]
    [InlineData("a pointer forwards", nameof(DnsType.Cname), "c0ff", nameof(DnsReadError.NamePointer))]
    [InlineData("a label, then a pointer to it", nameof(DnsType.Cname), "0161c02f", nameof(DnsReadError.NamePointer))]
    [InlineData("a pointer into the header", nameof(DnsType.Cname), "c002", nameof(DnsReadError.LabelKind))]
    [InlineData("half a pointer", nameof(DnsType.Cname), "c0", nameof(DnsReadError.DataLength))]
    [InlineData("a label of kind 01", nameof(DnsType.Cname), "4161", nameof(DnsReadError.LabelKind))]
    [InlineData("a label of kind 10", nameof(DnsType.Cname), "8161", nameof(DnsReadError.LabelKind))]
    [InlineData("a label longer than the data", nameof(DnsType.Cname), "0561", nameof(DnsReadError.DataLength))]
    [InlineData("a name without an end", nameof(DnsType.Cname), "0161", nameof(DnsReadError.DataLength))]
    [InlineData("bytes after the name", nameof(DnsType.Cname), "016100ff", nameof(DnsReadError.DataLength))]
    [InlineData("3 bytes of IPv4", nameof(DnsType.A), "7f0000", nameof(DnsReadError.DataLength))]
    [InlineData("5 bytes of IPv4", nameof(DnsType.A), "7f00000101", nameof(DnsReadError.DataLength))]
    [InlineData("4 bytes of IPv6", nameof(DnsType.Aaaa), "7f000001", nameof(DnsReadError.DataLength))]
    [InlineData("no text at all", nameof(DnsType.Txt), "", nameof(DnsReadError.DataLength))]
    [InlineData("a string longer than the data", nameof(DnsType.Txt), "0361", nameof(DnsReadError.DataLength))]
    [InlineData("a service without target", nameof(DnsType.Srv), "000100020003", nameof(DnsReadError.DataLength))]
    [InlineData("a short SOA", nameof(DnsType.Soa), "000000000001", nameof(DnsReadError.DataLength))]
    public void Rejects_hostile_data(string what, string typeName, string data, string error)
    {
        var type = Enum.Parse<DnsType>(typeName);
        // The data begins at 47: header 12, question 19 + 4, record 12.
        var bytes = new ReplyWriter(1, Name, type).Raw(Name, type, Convert.FromHexString(data)).ToArray();

        Assert.True(bytes.AsSpan(47).SequenceEqual(Convert.FromHexString(data)), what);
        Assert.Equal(error, DnsReply.TryRead(bytes, out _).ToString());
    }

    [Fact]
    public void Rejects_a_name_that_is_too_long_because_of_pointers()
    {
        var label = "3f" + string.Concat(Enumerable.Repeat("61", 63));
        var writer = new ReplyWriter(1, Name, DnsType.Cname)
            .Raw("x", DnsType.Ns, Convert.FromHexString(label + label + label + "00"));
        var at = writer.ToArray().Length - 193;
        var bytes = writer
            .Raw("x", DnsType.Cname, Convert.FromHexString(label + $"c0{at:x2}"))
            .ToArray();

        Assert.Equal(DnsReadError.NameTooLong, DnsReply.TryRead(bytes, out _));
    }

    [Fact]
    public void Escapes_special_characters_so_that_the_result_never_equals_a_valid_name()
    {
        var data = Convert.FromHexString("03" + "612e62" + "02" + "00ff" + "00");
        var reply = Read(new ReplyWriter(1, Name, DnsType.Cname).Raw(Name, DnsType.Cname, data).ToArray());

        Assert.Equal(@"a\046b.\000\255", Assert.IsType<AliasRecord>(Assert.Single(reply.Answers)).Target);
    }

    [Theory]
    [InlineData(2, 0x01, nameof(DnsReadError.NotAReply))]
    [InlineData(2, 0x91, nameof(DnsReadError.NotAReply))]
    [InlineData(5, 0, nameof(DnsReadError.QuestionCount))]
    [InlineData(5, 2, nameof(DnsReadError.QuestionCount))]
    [InlineData(6, 0xFF, nameof(DnsReadError.TooManyRecords))]
    [InlineData(7, 2, nameof(DnsReadError.Truncated))]
    [InlineData(7, 0, nameof(DnsReadError.TrailingBytes))]
    public void Rejects_a_wrong_header(int offset, byte value, string error)
    {
        var bytes = new ReplyWriter(1, Name, DnsType.A)
            .Answer(new AddressRecord(Name, Minute, IPAddress.Loopback))
            .ToArray();
        bytes[offset] = value;

        Assert.Equal(error, DnsReply.TryRead(bytes, out _).ToString());
    }

    [Fact]
    public void A_truncated_reply_is_read_as_far_as_its_question()
    {
        var bytes = new ReplyWriter(1, Name, DnsType.A, flags: 0x8380)
            .Answer(new AddressRecord(Name, Minute, IPAddress.Loopback))
            .ToArray();
        var reply = Read(bytes[..^3]);

        Assert.True(reply.IsTruncated);
        Assert.Empty(reply.Answers);
    }

    [Fact]
    public void A_ttl_with_its_top_bit_set_is_zero()
    {
        var bytes = new ReplyWriter(1, Name, DnsType.A)
            .Answer(new AddressRecord(Name, TimeSpan.FromSeconds(5), IPAddress.Loopback))
            .ToArray();
        bytes[^10] = 0x80;

        Assert.Equal(TimeSpan.Zero, Assert.Single(Read(bytes).Answers).Ttl);
    }

    [Fact]
    public void The_extended_response_code_is_combined()
    {
        var bytes = new ReplyWriter(1, Name, DnsType.A).Raw(".", DnsType.Opt, [], countAt: 10).ToArray();
        bytes[^6] = 1;

        Assert.Equal(DnsResponseCode.BadVersion, Read(bytes).Code);
    }

    [Fact]
    public void Other_types_and_classes_are_skipped()
    {
        var bytes = new ReplyWriter(1, Name, DnsType.A)
            .Raw(Name, (DnsType)99, [1, 2, 3])
            .Raw(Name, DnsType.A, [127, 0, 0, 1], recordClass: 3)
            .ToArray();

        Assert.Empty(Read(bytes).Answers);
    }

    private static byte[] EveryType() => new ReplyWriter(0x1234, Name, DnsType.A)
        .Answer(new AliasRecord(Name, Minute, "host.example.com"))
        .Answer(new AddressRecord("host.example.com", Minute, IPAddress.Loopback))
        .Answer(new AddressRecord("host.example.com", Minute, IPAddress.IPv6Loopback))
        .Answer(new ServiceRecord(Name, Minute, 1, 2, 3, "."))
        .Answer(new TextRecord(Name, Minute, ["1"u8.ToArray(), [], "17"u8.ToArray()]))
        .Authority(new AuthorityRecord("example.com", Minute, TimeSpan.FromSeconds(30)))
        .ToArray();

    private static DnsReply Read(byte[] bytes)
    {
        Assert.Equal(DnsReadError.None, DnsReply.TryRead(bytes, out var reply));
        return reply!;
    }
}
