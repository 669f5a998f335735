using System.Buffers.Binary;

namespace Rke.Gateway.Dns;

/// <summary>
/// A reply to one question (RFC 1035 §4.1):
/// <code>
/// id 2 | flags 2 (QR OPCODE4 AA TC RD RA Z3 RCODE4) | counts 2 x 4: questions, answers, authority, additional
/// question: name, type 2, class 2
/// records:  name, type 2, class 2, ttl 4, length 2, data
/// </code>
/// </summary>
internal sealed class DnsReply
{
    public const int HeaderLength = 12;

    /// <summary>Bounds what one message can make us keep; real answers have a few records.</summary>
    public const int MaximumRecords = 512;

    private const int ReplyBit = 0x8000;
    private const int OperationMask = 0x7800;
    private const int AuthoritativeBit = 0x0400;
    private const int TruncatedBit = 0x0200;
    private const int CodeMask = 0x000F;
    private const ushort InternetClass = 1;

    private readonly List<DnsRecord> _answers = [];
    private bool _namesOtherServers;

    private DnsReply()
    {
    }

    public ushort Id { get; private init; }

    public DnsResponseCode Code { get; private set; }

    public bool IsAuthoritative { get; private init; }

    /// <summary>The rest did not fit (TC): ask over TCP. No records are read then.</summary>
    public bool IsTruncated { get; private init; }

    /// <summary>The question's name exactly as it came, upper and lower case kept.</summary>
    public string QuestionName { get; private init; } = "";

    public DnsType QuestionType { get; private init; }

    public ushort QuestionClass { get; private init; }

    public IReadOnlyList<DnsRecord> Answers => _answers;

    /// <summary>The zone's SOA, which comes with negative answers.</summary>
    public AuthorityRecord? Authority { get; private set; }

    /// <summary>No answer, only the names of other servers to ask: not what a resolver says.</summary>
    public bool IsReferral => _namesOtherServers && Authority is null && _answers.Count == 0 && !IsAuthoritative;

    /// <summary>The id of any message that is long enough to have a header.</summary>
    public static ushort? PeekId(ReadOnlySpan<byte> message) =>
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

        // What was cut may be cut in the middle of a record (RFC 2181 §9), and is asked again anyway.
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
        if (count > MaximumRecords)
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
                // RFC 6891 §6.1.3: the upper 8 bits of the response code stand where a TTL would.
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
                Keep((DnsType)type, record, isAnswer: index < answerCount, index < answerCount + authorityCount);
            }
        }

        return reader.IsAtEnd ? DnsReadError.None : DnsReadError.TrailingBytes;
    }

    private void Keep(DnsType type, DnsRecord? record, bool isAnswer, bool isAnswerOrAuthority)
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
