using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Dns;

/// <summary>A query with one question and a random id, and the check of its replies.</summary>
public sealed class DnsQuery
{
    /// <summary>Datagrams of this size pass most paths without fragmentation (RFC 9715 §3).</summary>
    public const ushort DatagramLimit = 1232;

    // Header 12, name 255, type and class 4, OPT 11.
    private const int MaxLength = 282;
    private const ushort RecursionDesired = 0x0100;

    private readonly byte[] _bytes;
    private readonly string _askedName;
    private readonly bool _isCaseMixed;

    private DnsQuery(byte[] bytes, ushort id, string askedName, DnsType type, bool isCaseMixed)
    {
        _bytes = bytes;
        _askedName = askedName;
        _isCaseMixed = isCaseMixed;
        Id = id;
        Type = type;
    }

    public ushort Id { get; }

    public DnsType Type { get; }

    public ReadOnlyMemory<byte> Bytes => _bytes;

    public static DnsQuery Create(DnsName name, DnsType type, RandomNumberGenerator generator, bool mixCase, bool extended)
    {
        Span<byte> random = stackalloc byte[2];
        generator.GetBytes(random);
        var id = BinaryPrimitives.ReadUInt16BigEndian(random);
        var asked = mixCase ? MixCase(name.Value, generator) : name.Value;

        Span<byte> buffer = stackalloc byte[MaxLength];
        var writer = new DnsWriter(buffer);
        if (!TryWrite(ref writer, id, asked, type, extended))
        {
            throw new InvalidOperationException("A valid name fits the longest query.");
        }

        return new DnsQuery(buffer[..writer.Length].ToArray(), id, asked, type, mixCase);
    }

    /// <summary>Checks whether a message is a reply to this query.</summary>
    public ReplyVerdict Check(ReadOnlySpan<byte> message, out DnsReply? reply)
    {
        reply = null;
        if (DnsReply.ReadId(message) is { } id && id != Id)
        {
            return ReplyVerdict.WrongId;
        }

        if (DnsReply.TryRead(message, out var read) != DnsReadError.None || read is null)
        {
            return ReplyVerdict.Malformed;
        }

        if (read.QuestionType != Type || read.QuestionClass != DnsReply.InternetClass
            || !string.Equals(read.QuestionName, _askedName, StringComparison.OrdinalIgnoreCase))
        {
            return ReplyVerdict.WrongQuestion;
        }

        // The case of the letters is random. An attacker who forges a reply must guess it.
        if (_isCaseMixed && !string.Equals(read.QuestionName, _askedName, StringComparison.Ordinal))
        {
            return ReplyVerdict.WrongCase;
        }

        reply = read;
        return ReplyVerdict.Matches;
    }

    private static bool TryWrite(ref DnsWriter writer, ushort id, string name, DnsType type, bool extended) =>
        writer.TryWriteUInt16(id)
        && writer.TryWriteUInt16(RecursionDesired)
        && writer.TryWriteUInt16(1)
        && writer.TryWriteUInt16(0)
        && writer.TryWriteUInt16(0)
        && writer.TryWriteUInt16(extended ? (ushort)1 : (ushort)0)
        && writer.TryWriteName(name)
        && writer.TryWriteUInt16((ushort)type)
        && writer.TryWriteUInt16(DnsReply.InternetClass)
        && (!extended || TryWriteOptions(ref writer));

    // RFC 6891 §6.1.2: root name, type OPT, datagram size in the place of the class, no flags, no options.
    private static bool TryWriteOptions(ref DnsWriter writer) =>
        writer.TryWriteByte(0)
        && writer.TryWriteUInt16((ushort)DnsType.Opt)
        && writer.TryWriteUInt16(DatagramLimit)
        && writer.TryWriteUInt32(0)
        && writer.TryWriteUInt16(0);

    private static string MixCase(string name, RandomNumberGenerator generator)
    {
        Span<byte> random = stackalloc byte[DnsName.MaxLength];
        random = random[..name.Length];
        generator.GetBytes(random);
        Span<char> mixed = stackalloc char[DnsName.MaxLength];
        for (var index = 0; index < name.Length; index++)
        {
            mixed[index] = (random[index] & 1) == 0 ? name[index] : char.ToUpperInvariant(name[index]);
        }

        return new string(mixed[..name.Length]);
    }
}

/// <summary>The result of <see cref="DnsQuery.Check"/>. Messages that do not match are counted, and the wait continues.</summary>
public enum ReplyVerdict
{
    Matches,
    WrongId,
    WrongQuestion,
    WrongCase,
    Malformed,
}
