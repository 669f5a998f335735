using System.Buffers.Binary;

namespace Rke.Dns;

/// <summary>
/// A reply to one question (RFC 1035 §4.1):
/// <code>
/// id 2 | flags 2 (QR OPCODE4 AA TC RD RA Z3 RCODE4) | counts 2 x 4: questions, answers, authority, additional
/// question: name, type 2, class 2
/// records:  name, type 2, class 2, ttl 4, length 2, data
/// </code>
/// </summary>
public sealed class DnsReply
{
    public const int HeaderLength = 12;

    /// <summary>The maximum number of records in a message. It bounds the memory; real answers have few records.</summary>
    public const int MaxRecords = 512;

    private const int ReplyBit = 0x8000;
    private const int OperationMask = 0x7800;
    private const int AuthoritativeBit = 0x0400;
    private const int TruncatedBit = 0x0200;
    private const int CodeMask = 0x000F;
    internal const ushort InternetClass = 1;

    private readonly List<DnsRecord> _answers = [];
    private bool _namesOtherServers;

    private DnsReply()
    {
    }

    public ushort Id { get; private init; }

    public DnsResponseCode Code { get; private set; }

    public bool IsAuthoritative { get; private init; }

    /// <summary>The reply did not fit into the datagram (TC). It has no records; ask again over TCP.</summary>
    public bool IsTruncated { get; private init; }

    /// <summary>The name in the question, with its case.</summary>
    public string QuestionName { get; private init; } = "";

    public DnsType QuestionType { get; private init; }

    public ushort QuestionClass { get; private init; }

    public IReadOnlyList<DnsRecord> Answers => _answers;

    /// <summary>The SOA record of the zone, which negative answers contain.</summary>
    public AuthorityRecord? Authority { get; private set; }

    /// <summary>The reply only refers to other name servers. A resolver does not send such replies.</summary>
    public bool IsReferral => _namesOtherServers && Authority is null && _answers.Count == 0 && !IsAuthoritative;

    /// <summary>The id of a message. Null if the message is shorter than a header.</summary>
    public static ushort? ReadId(ReadOnlySpan<byte> message) =>
        message.Length < HeaderLength ? null : BinaryPrimitives.ReadUInt16BigEndian(message);

    public static DnsReadError TryRead(ReadOnlySpan<byte> message, out DnsReply? reply)
    {
        reply = null;
        var reader = new DnsReader(message);
        if (!reader.TryReadUInt16(out var id) || !reader.TryReadUInt16(out var flags)
            || !reader.TryReadUInt16(out var questionCount) || !reader.TryReadUInt16(out var answerCount)
            || !reader.TryReadUInt16(out var authorityCount) || !reader.TryReadUInt16(out var additionalCount))
        {
            return reader.Error;
        }

        if ((flags & (ReplyBit | OperationMask)) != ReplyBit)
        {
            return DnsReadError.NotAReply;
        }

        if (questionCount != 1)
        {
            return DnsReadError.QuestionCount;
        }

        if (!reader.TryReadName(out var questionName) || !reader.TryReadUInt16(out var questionType)
            || !reader.TryReadUInt16(out var questionClass))
        {
            return reader.Error;
        }

        var result = new DnsReply
        {
            Id = id,
            Code = (DnsResponseCode)(flags & CodeMask),
            IsAuthoritative = (flags & AuthoritativeBit) != 0,
            IsTruncated = (flags & TruncatedBit) != 0,
            QuestionName = questionName,
            QuestionType = (DnsType)questionType,
            QuestionClass = questionClass,
        };

        // A truncated reply may end within a record (RFC 2181 §9), and the question is repeated over TCP.
        if (!result.IsTruncated)
        {
            var error = result.ReadRecords(ref reader, answerCount, authorityCount, additionalCount);
            if (error != DnsReadError.None)
            {
                return error;
            }
        }

        reply = result;
        return DnsReadError.None;
    }

    private DnsReadError ReadRecords(ref DnsReader reader, int answerCount, int authorityCount, int additionalCount)
    {
        var count = answerCount + authorityCount + additionalCount;
        if (count > MaxRecords)
        {
            return DnsReadError.TooManyRecords;
        }

        for (var index = 0; index < count; index++)
        {
            if (!reader.TryReadName(out var name) || !reader.TryReadUInt16(out var type)
                || !reader.TryReadUInt16(out var recordClass) || !reader.TryReadUInt32(out var ttl)
                || !reader.TryReadUInt16(out var length) || !reader.TryReadData(length, out var data))
            {
                return reader.Error;
            }

            if ((DnsType)type == DnsType.Opt)
            {
                // RFC 6891 §6.1.3: the field of the TTL contains the upper 8 bits of the response code.
                Code = (DnsResponseCode)(((ttl >> 24) << 4) | ((uint)Code & CodeMask));
                continue;
            }

            var error = DnsRecordData.TryRead(name, (DnsType)type, ReadTtl(ttl), ref data, out var record);
            if (error != DnsReadError.None)
            {
                return error;
            }

            if (recordClass == InternetClass)
            {
                Add((DnsType)type, record, isAnswer: index < answerCount, index < answerCount + authorityCount);
            }
        }

        return reader.IsAtEnd ? DnsReadError.None : DnsReadError.TrailingBytes;
    }

    private void Add(DnsType type, DnsRecord? record, bool isAnswer, bool isAnswerOrAuthority)
    {
        if (isAnswer)
        {
            if (record is not null)
            {
                _answers.Add(record);
            }
        }
        else if (isAnswerOrAuthority)
        {
            Authority ??= record as AuthorityRecord;
            _namesOtherServers |= type == DnsType.Ns;
        }
    }

    // RFC 2181 §8: a TTL with its top bit set means zero.
    private static TimeSpan ReadTtl(uint ttl) => ttl > int.MaxValue ? TimeSpan.Zero : TimeSpan.FromSeconds(ttl);
}

/// <summary>Response codes (RFC 1035 §4.1.1, RFC 6891 §9).</summary>
public enum DnsResponseCode : ushort
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}
