using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;

namespace Rke.Cli.Tests.Agent;

/// <summary>
/// Two agents with the same peer, connected by a network that loses notices. The clock steps, so that a run is quick and repeatable.
/// </summary>
internal sealed class AgentPair
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly Queue<(AgentEnd To, byte[]? Notice, AgentKey? Key)> _network = new();

    public AgentPair()
    {
        Initiator = new(this, AgentRole.Initiator);
        Receiver = new(this, AgentRole.Receiver);
        Initiator.Restart();
        Receiver.Restart();
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.Parse("2026-11-30T00:00:00Z", CultureInfo.InvariantCulture));

    public AgentEnd Initiator { get; }

    public AgentEnd Receiver { get; }

    /// <summary>Whether the network loses the next message of an end.</summary>
    public Func<AgentEnd, bool> Loses { get; set; } = _ => false;

    /// <summary>Whether the next message arrives although its sender gets an error.</summary>
    public Func<bool> LosesAnswer { get; set; } = () => false;

    /// <summary>The number of messages that the ends have sent.</summary>
    public int Sent { get; private set; }

    /// <summary>The number of keys.</summary>
    public int Proposed { get; private set; }

    /// <summary>How long the two destinations have had different keys without interruption.</summary>
    public TimeSpan Different { get; private set; }

    public TimeSpan LongestDifference { get; private set; }

    /// <summary>Whether an end ever reported a key as certain while the other end used another one.</summary>
    public bool IsWronglyCertain { get; private set; }

    /// <summary>Runs both ends, second by second.</summary>
    public async Task RunAsync(TimeSpan duration)
    {
        for (var time = TimeSpan.Zero; time < duration; time += Step)
        {
            Time.Advance(Step);
            await Initiator.TickAsync();
            await Receiver.TickAsync();
            while (_network.TryDequeue(out var message))
            {
                await message.To.ReceiveAsync(message.Notice, message.Key);
            }

            Different = Initiator.Destination.Key == Receiver.Destination.Key ? TimeSpan.Zero : Different + Step;
            IsWronglyCertain |= Different > TimeSpan.Zero && (Initiator.Agent.State.IsCertain || Receiver.Agent.State.IsCertain);
            LongestDifference = Different > LongestDifference ? Different : LongestDifference;
        }
    }

    public void Send(AgentEnd from, byte[]? notice, AgentKey? key)
    {
        Sent++;
        if (Loses(from))
        {
            throw new FailureException(ExitCode.Unavailable, "The network lost the message.");
        }

        Proposed += key is null ? 0 : 1;
        _network.Enqueue((from == Initiator ? Receiver : Initiator, notice, key));
        if (LosesAnswer())
        {
            throw new FailureException(ExitCode.Unavailable, "The network lost the answer.");
        }
    }
}

/// <summary>One end: an agent that can crash, its disk and its destination.</summary>
internal sealed class AgentEnd(AgentPair pair, AgentRole role) : IAgentLink, IAgentStateStore, IAgentLog
{
    private byte[]? _disk;

    public PeerAgent Agent { get; private set; } = null!;

    public TestDestination Destination { get; } = new();

    public List<string> Problems { get; } = [];

    /// <summary>Called before each write to the disk, each use of the destination and each message. It can throw a <see cref="CrashException"/>.</summary>
    public Action Point { get; set; } = () => { };

    public void Restart() => Agent = With(this);

    /// <summary>An agent of this end with another store.</summary>
    public PeerAgent With(IAgentStateStore store) => new(
        new()
        {
            Name = "other",
            Role = role,
            OtherEnd = "other.example",
            Interval = AgentPair.Interval,
            Overlap = AgentPair.Interval / 2,
            Parts = 4,
            Destinations = [Destination],
        },
        this, store, this, pair.Time);

    public void LoseDisk()
    {
        _disk = null;
        Restart();
    }

    public Task TickAsync() => SurviveAsync(() => Agent.TickAsync(default));

    public Task ReceiveAsync(byte[]? notice, AgentKey? key) => SurviveAsync(
        () => notice is not null ? Agent.ReceiveAsync(notice, default) : Agent.ReceiveAsync(key!, default));

    public Task<AgentKey> ProposeAsync(CancellationToken cancellationToken)
    {
        Point();
        var (mine, theirs) = Keys();
        pair.Send(this, null, theirs);
        Point();
        return Task.FromResult(mine);
    }

    public Task SendAsync(IReadOnlyList<AgentServer> servers, byte[] notice, CancellationToken cancellationToken)
    {
        Assert.Equal((AgentKey.NoticeLength, (byte)0xFF), (notice.Length, notice[^1]));
        Point();
        pair.Send(this, notice, null);
        Point();
        return Task.CompletedTask;
    }

    public AgentState Read() => _disk is null ? AgentState.Empty : AgentState.TryRead(_disk)!;

    public void Write(AgentState state)
    {
        Point();
        _disk = state.Write();
        Point();
    }

    public void Changed(string key)
    {
    }

    public void Confirmed(string key)
    {
    }

    public void Failed(string problem) => Problems.Add(problem);

    private async Task SurviveAsync(Func<Task> run)
    {
        Destination.Point = Point;
        try
        {
            await run();
        }
        catch (CrashException)
        {
            Restart();
        }
    }

    private static (AgentKey Mine, AgentKey Theirs) Keys()
    {
        byte[][] secrets = [RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)];
        var id = HexText.Of(RandomNumberGenerator.GetBytes(16));
        return (Make(), Make());

        AgentKey Make() => new(id, [.. secrets[0]], [.. secrets[1]], [.. secrets[2]], [new(6, 3)]);
    }
}

/// <summary>The process ended.</summary>
internal sealed class CrashException : Exception;

/// <summary>A destination that keeps the last key.</summary>
internal sealed class TestDestination : IKeyDestination
{
    public string Name => "test";

    public Action Point { get; set; } = () => { };

    /// <summary>The key that the program uses, in hex.</summary>
    public string? Key { get; private set; }

    /// <summary>All keys that the program accepts, in hex.</summary>
    public IReadOnlyList<string> Accepted { get; private set; } = [];

    public bool IsBroken { get; set; }

    /// <summary>Breaks when it gets a new active key.</summary>
    public bool RefusesNewKeys { get; set; }

    public Task CheckAsync(CancellationToken cancellationToken) =>
        IsBroken ? throw new DestinationException("The destination is broken.") : Task.CompletedTask;

    public Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken)
    {
        Point();
        var key = HexText.Of(keys.Active.Key);
        if (IsBroken || (RefusesNewKeys && Key is not null && Key != key))
        {
            throw new DestinationException("The destination is broken.");
        }

        Key = key;
        Accepted = [key, .. keys.Accepted.Select(accepted => HexText.Of(accepted.Key))];
        Point();
        return Task.CompletedTask;
    }
}
