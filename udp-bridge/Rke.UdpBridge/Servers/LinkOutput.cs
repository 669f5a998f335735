using System.Collections.Concurrent;
using Rke.UdpBridge.Core;

namespace Rke.UdpBridge;

/// <summary>
/// What the core of a link has added. The thread that called the core carries it out, or another work item of the
/// thread pool.
/// </summary>
internal sealed class LinkOutput : CoreOutput, IThreadPoolWorkItem
{
    // Outputs that one thread rents and another one returns.
    private static readonly ConcurrentQueue<LinkOutput> Shared = new();

    [ThreadStatic]
    private static LinkOutput? _free;

    private ServerLink? _link;

    private LinkOutput()
    {
    }

    /// <summary>Returns an empty output.</summary>
    public static LinkOutput Rent()
    {
        if (_free is { } free)
        {
            _free = null;
            return free;
        }

        return Shared.TryDequeue(out var shared) ? shared : new();
    }

    /// <summary>Clears the output. The caller does not use it any more.</summary>
    public void Return()
    {
        Clear();
        _link = null;
        if (_free is null)
        {
            _free = this;
        }
        else
        {
            Shared.Enqueue(this);
        }
    }

    /// <summary>A work item that carries out the output.</summary>
    public IThreadPoolWorkItem ToWorkItem(ServerLink link)
    {
        _link = link;
        return this;
    }

    void IThreadPoolWorkItem.Execute() => _link!.CarryOut(this, isInline: true);
}
