using Rke.Gateway.Translation;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>Answers of a receiver's signalling service.</summary>
internal static class SignalFrames
{
    public static byte[] Answer(byte[] request, int used)
    {
        Assert.True(ReceivedSignal.TryRead(request, out var signal, out var problem), problem);
        var room = new byte[ReceivedSignal.AnswerRoom];
        var indexes = Enumerable.Range(0, 16).Where(index => (used & (1 << index)) != 0);
        return room[..signal.Answer(indexes, TimeSpan.FromMilliseconds(1), room)];
    }
}
