using System.Runtime.InteropServices;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>
/// Carries datagrams in virtual time. It loses, duplicates, delays, reorders and corrupts them. It also holds the other
/// events of a run in their order.
/// </summary>
internal sealed class SimulatedNetwork(Scenario scenario, Dice dice)
{
    private readonly PriorityQueue<NetworkEvent, (long Ticks, int Order)> _events = new();
    private int _order;

    public TimeSpan NextTime =>
        _events.TryPeek(out _, out var priority) ? TimeSpan.FromTicks(priority.Ticks) : TimeSpan.MaxValue;

    public NetworkEvent Take() => _events.Dequeue();

    public void Schedule(TimeSpan time, NetworkEvent next) => _events.Enqueue(next, (time.Ticks, _order++));

    /// <summary>Carries a datagram in one direction.</summary>
    public void Carry(TimeSpan now, NetworkEventKind kind, SimulatedPath path, byte[] datagram)
    {
        if (dice.Chance(scenario.Lost))
        {
            return;
        }

        for (var copies = dice.Chance(scenario.Duplicated) ? dice.Between(2, 3) : 1; copies > 0; copies--)
        {
            var arrived = dice.Chance(scenario.Corrupted) ? Corrupt(kind, datagram) : datagram;
            Schedule(now + scenario.MinDelay + dice.UpTo(scenario.MaxExtraDelay), new(kind, path, arrived));
        }
    }

    /// <summary>
    /// Changes a datagram in a way that the protocol must detect. The protocol does not detect changes of status, group,
    /// time and payload: it leaves them to the checksum of UDP.
    /// </summary>
    private byte[] Corrupt(NetworkEventKind kind, byte[] datagram)
    {
        switch (dice.Below(4))
        {
            case 0:
                return datagram[..dice.Below(datagram.Length)];
            case 1:
                var longer = new byte[datagram.Length + dice.Between(1, 1500)];
                datagram.CopyTo(longer, 0);
                return longer;
            case 2 when datagram.Length > ResponseHeader.Length:
                var garbage = new byte[dice.Below(200)];
                dice.Fill(garbage);
                return garbage;
            default:
                var changed = (byte[])datagram.Clone();
                var covered = kind == NetworkEventKind.Request
                    ? dice.Below(RequestHeader.Length + Challenge.Length)
                    : CoveredByte(dice.Below(25));
                changed[covered] ^= (byte)(1 << dice.Below(8));
                return changed;
        }

        static int CoveredByte(int number) => number switch
        {
            0 or 1 => number,
            < 9 => number + 2 + 1,
            _ => number - 9 + 16,
        };
    }
}

/// <summary>A path of the core, with the state of its socket.</summary>
internal sealed class SimulatedPath : ExchangePath
{
    private int _sent;
    private TimeSpan _sentSince;

    /// <summary>The ICMP messages that wait in the socket.</summary>
    public int PendingRefusals { get; set; }

    /// <summary>Every send fails.</summary>
    public bool IsFailing { get; set; }

    /// <summary>The network drops every datagram to the port.</summary>
    public bool IsDeaf { get; set; }

    public void OnSent(TimeSpan now)
    {
        _sentSince = _sent++ == 0 ? now : _sentSince;
    }

    public void OnReceived() => _sent = 0;

    /// <summary>The path has sent enough datagrams for long enough, and has received nothing.</summary>
    public bool IsSilent(TimeSpan now, TimeSpan limit) => _sent >= 4 && now - _sentSince >= limit;
}

/// <summary>Something that happens at a time.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NetworkEvent(
    NetworkEventKind Kind, SimulatedPath? Path = null, byte[]? Datagram = null, int Index = 0);

internal enum NetworkEventKind
{
    /// <summary>A caller starts an exchange.</summary>
    Start,

    /// <summary>A caller cancels its exchange.</summary>
    Cancel,

    /// <summary>A datagram reaches the server.</summary>
    Request,

    /// <summary>A datagram reaches the core.</summary>
    Response,

    /// <summary>An ICMP message reaches the socket of a path.</summary>
    Refusal,

    /// <summary>The port of a path stops working, and the transport reports it.</summary>
    Break,

    /// <summary>The port of one path or of all paths stops working, and nothing reports it.</summary>
    Death,

    /// <summary>The core is closed.</summary>
    Close,
}
