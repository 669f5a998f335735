using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

public class DnsReplyProperties
{
    private static readonly Gen<string> Labels =
        Gen.Elements("abcdefghijklmnopqrstuvwxyzABC0189-_".ToCharArray())
            .ArrayOf()
            .Where(characters => characters.Length is > 0 and <= 63)
            .Select(characters => new string(characters));

    private static readonly Gen<string> Names =
        Labels.ArrayOf().Where(labels => labels.Length is > 0 and <= 6)
            .Select(labels => string.Join('.', labels))
            .Where(name => name.Length <= DnsName.MaxLength - 10);

    private static readonly Gen<TimeSpan> Ttls =
        Gen.Choose(0, int.MaxValue).Select(seconds => TimeSpan.FromSeconds(seconds));

    private static readonly Gen<byte[]> Octets = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    private static readonly Gen<DnsRecord> Records = Gen.OneOf<DnsRecord>(
        from name in Names
        from ttl in Ttls
        from octets in Gen.OneOf(Octets.Resize(4), Octets).Where(octets => octets.Length is 4 or 16)
        select (DnsRecord)new AddressRecord(name, ttl, new IPAddress(octets)),
        from name in Names
        from ttl in Ttls
        from target in Names
        select (DnsRecord)new AliasRecord(name, ttl, target),
        from name in Names
        from ttl in Ttls
        from numbers in Gen.Choose(0, ushort.MaxValue).Select(value => (ushort)value).Three()
        from target in Names
        select (DnsRecord)new ServiceRecord(name, ttl, numbers.Item1, numbers.Item2, numbers.Item3, target));

    [Fact]
    public void A_written_reply_is_read_back()
    {
        var replies = from id in Gen.Choose(0, ushort.MaxValue)
                      from name in Names
                      from records in Records.ArrayOf()
                      select (Id: (ushort)id, Name: name, Records: records);

        Prop.ForAll(replies.ToArbitrary(), expected =>
        {
            var writer = new ReplyWriter(expected.Id, expected.Name, DnsType.Srv);
            foreach (var record in expected.Records)
            {
                writer.Answer(record);
            }

            var error = DnsReply.TryRead(writer.ToArray(), out var reply);
            return error == DnsReadError.None && reply!.Id == expected.Id
                && string.Equals(reply.QuestionName, expected.Name, StringComparison.OrdinalIgnoreCase)
                && reply.Answers.Select(Lower).SequenceEqual(expected.Records.Select(Lower));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Texts_of_every_length_are_read()
    {
        var texts = Octets.Where(octets => octets.Length <= 255).ArrayOf().Where(strings => strings.Length > 0);

        Prop.ForAll(texts.ToArbitrary(), strings =>
        {
            var bytes = new ReplyWriter(1, "a", DnsType.Txt)
                .Answer(new TextRecord("a", TimeSpan.Zero, strings))
                .ToArray();
            return DnsReply.TryRead(bytes, out var reply) == DnsReadError.None
                && reply!.Answers[0] is TextRecord text
                && text.Strings.Count == strings.Length
                && text.Strings.Zip(strings).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_give_a_reply_or_a_reason()
    {
        Prop.ForAll(Octets.ToArbitrary(), GivesReplyOrReason).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_change_of_a_reply_gives_a_reply_or_a_reason()
    {
        var original = new ReplyWriter(7, "raida.example.com", DnsType.Txt)
            .Answer(new AliasRecord("raida.example.com", TimeSpan.Zero, "b.example.com"))
            .Answer(new TextRecord("b.example.com", TimeSpan.Zero, ["1"u8.ToArray(), "17"u8.ToArray()]))
            .Authority(new AuthorityRecord("example.com", TimeSpan.Zero, TimeSpan.Zero))
            .ToArray();
        var changes = from changed in Gen.Choose(0, original.Length - 1).ArrayOf()
                      from values in Octets
                      select changed.Zip(values).ToArray();

        Prop.ForAll(changes.ToArbitrary(), list =>
        {
            var bytes = original.ToArray();
            foreach (var (at, value) in list)
            {
                bytes[at] = value;
            }

            return GivesReplyOrReason(bytes);
        }).QuickCheckThrowOnFailure();
    }

    private static bool GivesReplyOrReason(byte[] bytes)
    {
        var error = DnsReply.TryRead(bytes, out var reply);
        return error == DnsReadError.None == reply is not null;
    }

    // Compression keeps the case of the name that it points to.
    private static DnsRecord Lower(DnsRecord record) => record switch
    {
        AliasRecord alias => alias with { Name = Lower(alias.Name), Target = Lower(alias.Target) },
        ServiceRecord service => service with { Name = Lower(service.Name), Target = Lower(service.Target) },
        _ => record with { Name = Lower(record.Name) },
    };

    private static string Lower(string name) => name.ToLowerInvariant();
}
