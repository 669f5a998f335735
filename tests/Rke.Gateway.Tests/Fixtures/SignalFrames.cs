using Rke.Gateway.Signals;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>Answers of a receiver's signalling service.</summary>
internal static class SignalFrames
{
    public static byte[] Answer(byte[] request, int used)
    {
        Assert.True(ReceivedSignal.TryRead(request, out var signal, out var problem), problem);
        var room = new byte[ReceivedSignal.MaxAnswerLength];
        return room[..signal.WriteAnswer(new((ushort)used, TimeSpan.FromMilliseconds(1)), room)];
    }
}
