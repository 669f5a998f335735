using Rke.Raida.Keys;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>How many parts were left on key servers, and how many wait there still.</summary>
internal sealed class PartHistory
{
    private int _posted;
    private int _left;

    public int Posted => Volatile.Read(ref _posted);

    public int Left => Volatile.Read(ref _left);

    public void Note(KeyEvent happened)
    {
        switch (happened.Kind)
        {
            case KeyEventKind.Post:
                Interlocked.Increment(ref _posted);
                Interlocked.Increment(ref _left);
                break;
            case KeyEventKind.Get or KeyEventKind.OverwriteUnread or KeyEventKind.ExpireUnread:
                Interlocked.Decrement(ref _left);
                break;
        }
    }
}
