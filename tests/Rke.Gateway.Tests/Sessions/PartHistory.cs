using Rke.Raida.Keys;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Counts the parts that were posted to key servers, and the parts that are still there.</summary>
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
