using System.Buffers.Binary;
using Rke.Fuzz.Driving;
using Rke.Gateway.Signals;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Datagrams at the listener for Signals: no answer is longer than its datagram, and every answer is valid. The target reads the input
/// as it is, and then with a repaired header, challenge and trailer.
/// </summary>
internal sealed class SignalTarget() : FuzzTarget("signal")
{
    private const int MaxDatagram = 1600;

    public override int MaxLength => MaxDatagram;

    public override IReadOnlyList<byte[]> Words { get; } = [[4], [6], [0, 0, 75], [0, 0, 0], [16], [17], [4, 43]];

    public override IEnumerable<byte[]> Seeds() => FuzzCoin.Requests(WireProfile.Rke);

    public override void Run(ReadOnlySpan<byte> input)
    {
        Handle(input);
        Span<byte> repaired = stackalloc byte[MaxDatagram];
        if (input.Length >= RequestFrame.Overhead)
        {
            repaired = repaired[..input.Length];
            input.CopyTo(repaired);
            Repair(repaired);
            Handle(repaired);
        }
    }

    private static void Repair(Span<byte> datagram)
    {
        var body = datagram[RequestHeader.Length..];
        BinaryPrimitives.WriteUInt32BigEndian(datagram, 0x01_00_00_00);
        datagram[4] = 4;
        datagram[5] = 43;
        BinaryPrimitives.WriteUInt64BigEndian(datagram[8..], ProfileRules.Presentation(WireProfile.Rke));
        datagram.Slice(16, 6).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(datagram[22..], (ushort)body.Length);
        datagram.Slice(24, 6).Clear();
        Challenge.Create(body).CopyTo(body);
        BinaryPrimitives.WriteUInt16BigEndian(body[^ProfileRules.TrailerLength..], ProfileRules.Trailer(WireProfile.Rke));
    }

    private static void Handle(ReadOnlySpan<byte> datagram)
    {
        Span<byte> answer = stackalloc byte[ReceivedSignal.MaxAnswerLength];
        if (!ReceivedSignal.TryRead(datagram, out var signal, out var problem))
        {
            PropertyViolation.Unless(problem.Length > 0, "A rejected Signal has no reason.");
            var refusal = ReceivedSignal.WriteRefusal(datagram, answer);
            PropertyViolation.Unless(refusal < datagram.Length || refusal == 0, "A refusal is not shorter than its datagram.");
            PropertyViolation.Unless(
                refusal == 0 || ResponseFrame.TryRead(WireProfile.Rke, answer[..refusal], out _, out _), "A refusal is not a response.");
            return;
        }

        PropertyViolation.Unless(problem.Length == 0, "A valid Signal has a problem.");
        PropertyViolation.Unless(signal.Parts.Count is > 0 and <= SignalPayload.MaxParts, "A Signal has a wrong number of parts.");
        var used = Enumerable.Range(0, signal.Parts.Count).Where(index => index % 3 != 1).ToList();
        var length = signal.WriteAnswer(SignalResult.Of(used, TimeSpan.FromMilliseconds(5)), answer);
        PropertyViolation.Unless(length <= datagram.Length, "An answer is longer than its Signal.");

        RequestFrame.TryRead(WireProfile.Rke, datagram, out var frame, out _);
        frame.TryOpen(null, stackalloc byte[MaxDatagram], out var challenge, out _, out _);
        var expected = ExpectedResponse.To(
            new(WireProfile.Rke, frame.Header.Network, 0, default), WireCommand.Signal, frame.Header.Nonce, challenge, null, datagram.Length);
        PropertyViolation.Unless(
            ResponseFrame.Examine(expected, answer[..length], out var response, out var error) == ResponseVerdict.Believed
            && SignalAnswer.TryRead(response.SealedPayload, signal.Parts.Count, out var flags, out error)
            && flags.Count == used.Count && used.TrueForAll(flags.IsUsed),
            $"The sender of the Signal rejects the answer: {error}.");

        // The fingerprint depends only on the parts. Another challenge must not lead to a second collection.
        Span<byte> repeated = stackalloc byte[MaxDatagram];
        repeated = repeated[..datagram.Length];
        datagram.CopyTo(repeated);
        Challenge.Create("another one!"u8).CopyTo(repeated[RequestHeader.Length..]);
        PropertyViolation.Unless(
            ReceivedSignal.TryRead(repeated, out var again, out _) && again.Fingerprint == signal.Fingerprint,
            "A repeated Signal has another fingerprint.");
    }
}
