using System.Buffers.Binary;
using Rke.UdpBridge;

namespace Rke.Gateway.Dns;

/// <summary>One question with its random id, as bytes, and the check of what comes back.</summary>
internal sealed class DnsQuery
{
    /// <summary>Datagrams of this size cross practically every path unfragmented (RFC 9715 §3).</summary>
    public const ushort DatagramLimit = 1232;

    // Header 12, name 255, type and class 4, OPT 11.
    private const int MaximumLength = 282;
    private const ushort RecursionDesired = 0x0100;
    private const ushort InternetClass = 1;

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

    public static DnsQuery Create(DnsName name, DnsType type, IEntropySource entropy, bool mixCase, bool extended)
    {
        Span<byte> random = stackalloc byte[2];
        entropy.Fill(random);
        var id = BinaryPrimitives.ReadUInt16BigEndian(random);
        var asked = mixCase ? MixCase(name.Value, entropy) : name.Value;

        Span<byte> buffer = stackalloc byte[MaximumLength];
        var writer = new DnsWriter(buffer);
        if (!TryWrite(ref writer, id, asked, type, extended))
        {
            throw new InvalidOperationException("A valid name fits the longest query.");
        }

        return new DnsQuery(buffer[..writer.Length].ToArray(), id, asked, type, mixCase);
    }

    /// <summary>Is this message the answer to this question? Anything else is not to be trusted.</summary>
    public ReplyVerdict Judge(ReadOnlySpan<byte> message, out DnsReply? reply)
    {
        reply = null;
        if (DnsReply.PeekId(message) is { } id && id != Id)
        {
            return ReplyVerdict.WrongId;
        }

        if (DnsReply.TryRead(message, out var read) != DnsReadError.None || read is null)
        {
            return ReplyVerdict.Malformed;
        }

        // The mixed case is part of the question: who forges an answer has to guess it too.
        var comparison = _isCaseMixed ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        if (read.QuestionType != Type || read.QuestionClass != InternetClass
            || !string.Equals(read.QuestionName, _askedName, comparison))
        {
            return ReplyVerdict.WrongQuestion;
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
        && writer.TryWriteUInt16(InternetClass)
        && (!extended || TryWriteOptions(ref writer));

    // RFC 6891 §6.1.2: root name, type OPT, datagram size where the class stands, no flags, no options.
    private static bool TryWriteOptions(ref DnsWriter writer) =>
        writer.TryWriteByte(0)
        && writer.TryWriteUInt16((ushort)DnsType.Opt)
        && writer.TryWriteUInt16(DatagramLimit)
        && writer.TryWriteUInt32(0)
        && writer.TryWriteUInt16(0);

    private static string MixCase(string name, IEntropySource entropy)
    {
        Span<byte> random = stackalloc byte[DnsName.MaximumLength];
        random = random[..name.Length];
        entropy.Fill(random);
        Span<char> mixed = stackalloc char[DnsName.MaximumLength];
        for (var index = 0; index < name.Length; index++)
        {
            mixed[index] = (random[index] & 1) == 0 ? name[index] : char.ToUpperInvariant(name[index]);
        }

        return new string(mixed[..name.Length]);
    }
}
