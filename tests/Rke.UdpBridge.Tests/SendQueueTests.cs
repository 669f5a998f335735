using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Rke.UdpBridge.Transports;

namespace Rke.UdpBridge.Tests;

/// <summary>Datagrams that are collected while the thread pool is busy.</summary>
public sealed class SendQueueTests : IAsyncDisposable
{
    private const int SentAtOnce = 2;

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingTransport _transport = new();
    private readonly Queue<IThreadPoolWorkItem> _pool = new();

    [Fact]
    public async Task Requests_that_follow_each_other_are_sent_together()
    {
        await using var bridge = Create();
        var link = bridge.Link(ScriptedServer.ClosedPort());
        using var cancellation = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 102)
            .Select(_ => link.EchoAsync(time: _time, cancellation: cancellation.Token).AsTask()).ToArray();

        // With few requests in flight, a datagram does not wait.
        Assert.Equal([1, 1], _transport.Batches);

        // One work item for all the others.
        Assert.Single(_pool).Execute();

        Assert.Equal([1, 1, 64, 36], _transport.Batches);
        Assert.Equal(102, link.Statistics.Sent);
        await EndAsync(cancellation, calls);
    }

    [Fact]
    public async Task The_first_datagram_of_a_cancelled_request_is_sent()
    {
        await using var bridge = Create();
        var link = bridge.Link(ScriptedServer.ClosedPort());
        using var ending = new CancellationTokenSource();
        using var staying = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 10)
            .Select(index => link.EchoAsync(time: _time, cancellation: (index < 5 ? ending : staying).Token).AsTask())
            .ToArray();
        await EndAsync(ending, calls[..5]);

        _pool.Dequeue().Execute();

        Assert.Equal([1, 1, 8], _transport.Batches);
        await EndAsync(staying, calls[5..]);
    }

    [Fact]
    public async Task The_first_datagram_of_a_request_whose_deadline_has_passed_is_sent()
    {
        await using var bridge = Create();
        var link = bridge.Link(ScriptedServer.ClosedPort());
        var calls = Enumerable.Range(0, 10)
            .Select(_ => link.EchoAsync(TimeSpan.FromMilliseconds(20), _time).AsTask()).ToArray();
        _time.AdvanceInSteps(TimeSpan.FromMilliseconds(40));
        foreach (var call in calls)
        {
            using var exchange = await call;
            Assert.Equal(ExchangeOutcome.TimedOut, exchange.Outcome);
        }

        _pool.Dequeue().Execute();

        Assert.Equal([1, 1, 8], _transport.Batches);
    }

    [Fact]
    public async Task Requests_to_different_servers_are_sent_path_by_path()
    {
        await using var bridge = Create();
        var links = Enumerable.Range(0, 3)
            .Select(id => bridge.Link(ScriptedServer.ClosedPort() with { RaidaId = (byte)id })).ToArray();
        using var cancellation = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 30)
            .Select(index => links[index % 3].EchoAsync(time: _time, cancellation: cancellation.Token).AsTask()).ToArray();

        Assert.Single(_pool).Execute();

        Assert.Equal([.. Enumerable.Repeat(1, 3 * SentAtOnce), 8, 8, 8], _transport.Batches);
        await EndAsync(cancellation, calls);
    }

    [Theory]
    [InlineData(false, ExchangeOutcome.SendFailed)]
    [InlineData(true, ExchangeOutcome.Unreachable)]
    public async Task A_datagram_of_a_batch_that_is_not_sent_ends_its_request(bool isRefused, ExchangeOutcome outcome)
    {
        await using var bridge = Create();
        var link = bridge.Link(ScriptedServer.ClosedPort());
        using var cancellation = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 5)
            .Select(_ => link.EchoAsync(time: _time, cancellation: cancellation.Token).AsTask()).ToArray();
        _transport.Result = isRefused ? SendResult.Refused : SendResult.Failed;

        while (_pool.TryDequeue(out var item))
        {
            item.Execute();
        }

        // A refusal ends all requests on the socket.
        foreach (var index in isRefused ? new[] { 0, 1, 2, 3, 4 } : [2, 3, 4])
        {
            using var exchange = await calls[index];
            Assert.Equal(outcome, exchange.Outcome);
        }

        await EndAsync(cancellation, isRefused ? [] : calls[..2]);
    }

    [Fact]
    public async Task Dropped_datagrams_count_as_lost_and_are_sent_again()
    {
        await using var bridge = Create();
        var link = bridge.Link(ScriptedServer.ClosedPort());
        using var cancellation = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 5)
            .Select(_ => link.EchoAsync(time: _time, cancellation: cancellation.Token).AsTask()).ToArray();
        _transport.Result = SendResult.Dropped;
        _pool.Dequeue().Execute();
        Assert.Equal((SentAtOnce, 5), (link.Statistics.Sent, link.Statistics.InFlight));

        _transport.Result = SendResult.Sent;
        _time.AdvanceInSteps(TimeSpan.FromMilliseconds(400));
        while (_pool.TryDequeue(out var item))
        {
            item.Execute();
        }

        Assert.Equal(5, link.Statistics.Retransmitted);
        await EndAsync(cancellation, calls);
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    private static async Task EndAsync(CancellationTokenSource cancellation, IEnumerable<Task<Exchange>> calls)
    {
        await cancellation.CancelAsync();
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
    }

    private BridgeClient Create() => Bridges.CreateOver(_transport, time: _time, schedule: _pool.Enqueue);

    /// <summary>Records how many datagrams each call sends.</summary>
    private sealed class RecordingTransport : IDatagramTransport
    {
        public List<int> Batches { get; } = [];

        public SendResult Result { get; set; } = SendResult.Sent;

        public bool SendsBatches => true;

        public IDatagramPort Open(IPEndPoint server, IDatagramReceiver receiver) => new Port(this);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Port(RecordingTransport transport) : IDatagramPort
        {
            public void Start()
            {
                // Nothing arrives.
            }

            public int Send(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams, out SendResult result, out SocketError error)
            {
                (result, error) = (transport.Result, SocketError.ConnectionRefused);
                var count = result == SendResult.Sent ? datagrams.Length : 1;
                transport.Batches.Add(count);
                return count;
            }

            public void Dispose()
            {
                // There is no socket.
            }
        }
    }
}
