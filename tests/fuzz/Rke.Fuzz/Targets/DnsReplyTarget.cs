using System.Security.Cryptography;
using Rke.Dns;
using Rke.Fuzz.Driving;

namespace Rke.Fuzz.Targets;

/// <summary>
/// DNS replies, as datagrams and over TCP. Byte 0 of the input selects the type of the question. The target reads the message as it is,
/// and as the reply to a query with its id.
/// </summary>
internal sealed class DnsReplyTarget() : FuzzTarget("dns-reply")
{
    private const int MaxNameCharacters = 4 * 255;

    private static readonly DnsName Question = DnsName.TryParse("www.example.com", out var name, out _) ? name : null!;
    private static readonly DnsType[] Types = [DnsType.A, DnsType.Aaaa, DnsType.Srv, DnsType.Txt];

    private readonly Dictionary<DnsType, DnsQuery> _queries = Types.ToDictionary(type => type, type => QueryFor(type));

    public override int MaxLength => 8192;

    // A record of 12 bytes can have a name of 1,020 characters, because names point to earlier names.
    public override long AllocationLimit(int inputLength) => (256 << 10) + (512L * inputLength);

    public override IReadOnlyList<byte[]> Words { get; } =
        [[0xC0, 12], [0xC0, 0], [0, 1, 0, 1], [0, 5, 0, 1], [0, 16, 0, 1], [0, 33, 0, 1], [0, 28, 0, 1], [0, 6, 0, 1], [0, 41], [0xFF, 0xFF]];

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var type = Types[input[0] % Types.Length];
        var message = input[1..];
        var query = _queries[type];
        Read(message);
        var verdict = query.Check(message, out var reply);
        PropertyViolation.Unless((verdict == ReplyVerdict.Matches) == (reply is not null), "A verdict does not fit its reply.");

        // With the id and the question of the query, most messages reach the records.
        if (message.Length > query.Bytes.Length)
        {
            var repaired = message.ToArray();
            query.Bytes.Span[..2].CopyTo(repaired);
            repaired[2] |= 0x80;
            repaired[2] &= 0x87;
            repaired[4] = 0;
            repaired[5] = 1;
            query.Bytes.Span[DnsReply.HeaderLength..].CopyTo(repaired.AsSpan(DnsReply.HeaderLength));
            Read(repaired);
            if (query.Check(repaired, out reply) == ReplyVerdict.Matches)
            {
                CheckAnswer(DnsAnswer.From(reply!, Question, type), type);
            }
        }
    }

    // The id of a query is random. A constant generator keeps the run repeatable.
    private static DnsQuery QueryFor(DnsType type) =>
        DnsQuery.Create(Question, type, new ConstantGenerator(), mixCase: false, extended: false);

    private static void Read(ReadOnlySpan<byte> message)
    {
        var error = DnsReply.TryRead(message, out var reply);
        PropertyViolation.Unless((error == DnsReadError.None) == (reply is not null), $"The error {error} does not fit its reply.");
        if (reply is null)
        {
            return;
        }

        PropertyViolation.Unless(reply.Answers.Count <= DnsReply.MaxRecords, "A reply has too many records.");
        PropertyViolation.Unless(!reply.IsTruncated || reply.Answers.Count == 0, "A truncated reply has records.");
        foreach (var record in reply.Answers)
        {
            PropertyViolation.Unless(record.Ttl >= TimeSpan.Zero, "A TTL is negative.");
            CheckName(record.Name);
            switch (record)
            {
                case AliasRecord alias:
                    CheckName(alias.Target);
                    break;
                case ServiceRecord service:
                    CheckName(service.Target);
                    break;
                case TextRecord text:
                    PropertyViolation.Unless(
                        text.Strings.Count > 0 && text.Strings.All(part => part.Length <= 255), "A TXT record has wrong strings.");
                    break;
                default:
                    break;
            }
        }
    }

    private static void CheckName(string name)
    {
        PropertyViolation.Unless(name.Length is > 0 and <= MaxNameCharacters, "A name has a wrong length.");
        PropertyViolation.Unless(
            !name.AsSpan().ContainsAnyExceptInRange('!', '~'), "A name has characters that are not printable ASCII.");
        if (DnsName.TryParse(name, out var valid, out _))
        {
            PropertyViolation.Unless(valid.Value.Length <= DnsName.MaxLength, "A valid name is too long.");
        }
    }

    private static void CheckAnswer(DnsAnswer answer, DnsType type)
    {
        PropertyViolation.Unless((answer.Outcome == DnsOutcome.Found) == (answer.Records.Count > 0), "An answer has wrong records.");
        PropertyViolation.Unless(
            answer.Records.All(record => record is AddressRecord or ServiceRecord or TextRecord), "An answer has other records.");
        PropertyViolation.Unless(
            type is DnsType.A or DnsType.Aaaa == answer.Records.All(record => record is AddressRecord) || answer.Records.Count == 0,
            "An answer has records of another type.");
        PropertyViolation.Unless(answer.Ttl is null || answer.Ttl >= TimeSpan.Zero, "An answer has a negative TTL.");
    }

    private sealed class ConstantGenerator : RandomNumberGenerator
    {
        public override void GetBytes(byte[] data) => Array.Fill(data, (byte)0x5A);
    }
}
