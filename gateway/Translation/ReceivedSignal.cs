using System.Diagnostics.CodeAnalysis;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>A Signal that reached us as the receiver: which parts wait where, and how it is answered (docs/WIRE.md §5).</summary>
internal sealed class ReceivedSignal
{
    /// <summary>Room for any answer.</summary>
    public const int AnswerRoom = ResponseHeader.Length + SignalAnswer.Length + ProfileRules.TrailerLength;

    private readonly byte[] _datagram;

    private ReceivedSignal(byte[] datagram, IReadOnlyList<KeyPartLocation> parts)
    {
        _datagram = datagram;
        Parts = parts;
    }

    /// <summary>1-16, in the order of the key.</summary>
    public IReadOnlyList<KeyPartLocation> Parts { get; }

    /// <summary>Reads a datagram; trailer, challenge, count and lengths are right when it succeeds.</summary>
    /// <param name="problem">Why it is no Signal.</param>
    public static bool TryRead(ReadOnlySpan<byte> datagram, [NotNullWhen(true)] out ReceivedSignal? signal, out string problem)
    {
        signal = null;
        Span<byte> plain = stackalloc byte[ProfileRules.MaxRequestLength];
        var room = new SignalPart[SignalPayload.MaxParts];
        if (!RequestFrame.TryRead(WireProfile.Rke, datagram, out var frame, out var error)
            || !frame.TryOpen(cipher: null, plain, out _, out var body, out error)
            || !IsSignal(frame, ref error)
            || !SignalPayload.TryRead(body, room, out var payload, out error))
        {
            problem = error.ToString();
            return false;
        }

        var parts = new List<KeyPartLocation>(payload.Parts.Length);
        foreach (var part in payload.Parts)
        {
            parts.Add(new() { KeyIdHash = part.Hash.ToMessage(), Server = part.Server.ToMessage() });
        }

        problem = "";
        signal = new(datagram.ToArray(), parts);
        return true;
    }

    /// <summary>Writes the answer and returns its length.</summary>
    /// <param name="usedParts">Indexes into <see cref="Parts"/>.</param>
    /// <param name="executionTime">How long it took.</param>
    /// <param name="destination">At least <see cref="AnswerRoom"/> bytes.</param>
    public int Answer(IEnumerable<int> usedParts, TimeSpan executionTime, Span<byte> destination)
    {
        var used = usedParts.Aggregate((ushort)0, (flags, index) => (ushort)(flags | (1 << index)));
        Span<byte> plain = stackalloc byte[ProfileRules.MaxRequestLength];
        RequestFrame.TryRead(WireProfile.Rke, _datagram, out var frame, out _);
        frame.TryOpen(cipher: null, plain, out var challenge, out _, out _);
        var nanoseconds = (uint)Math.Min(uint.MaxValue, executionTime.TotalNanoseconds);
        return ResponseFrame.Write(
            destination, frame, challenge, nanoseconds, new SignalAnswer(used), ResponseIv.Same, cipher: null);
    }

    private static bool IsSignal(in RequestFrame frame, ref WireError error)
    {
        error = frame.Command == WireCommand.Signal ? WireError.None : WireError.CommandUnknown;
        return error == WireError.None;
    }
}
