using System.Collections.Concurrent;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// Where each key server's replies start their keystream (docs/WIRE.md §6): as configured, or learned of a server by a
/// canary before the first reply that carries a key is read. A server may move to a host of the other kind, so what
/// was learned is looked at again: when it is older than a moment, and before a reply is believed that looks odd.
/// The canary is kept for that, and told to the other replicas.
/// </summary>
internal sealed class ResponseIvs(
    ResponseIvCanary canary,
    ISharedMemory memory,
    CoinShelf shelf,
    TimeProvider timeProvider,
    ILogger<ResponseIvs> logger)
{
    private const int MostKnown = 4096;

    // CloudCoin's denominations, as powers of ten.
    private const int LeastDenomination = -8;
    private const int MostDenomination = 6;

    /// <summary>A server cannot well be moved to another host within so short a time.</summary>
    public static readonly TimeSpan Trust = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ServerAddress, LearnedIv> _learned = new();

    /// <summary>What holds for the server now.</summary>
    public ValueTask<ResponseIv> FindAsync(Network network, ServerLink link, CallScope scope) =>
        FindSinceAsync(network, link, timeProvider.GetTimestamp() - Ticks(Trust), scope);

    /// <summary>
    /// What holds for a reply to Get Key that has come: the exchange is opened under it afterwards. Where the plain
    /// reply looks as if the server had changed its way, the server is looked at once more.
    /// </summary>
    public async ValueTask OpenAsync(
        Network network, ServerLink link, Exchange exchange, ResponseIv iv, CallScope scope)
    {
        exchange.Open(iv);
        if (IsLearned(network) && IsOdd(network, exchange))
        {
            exchange.Open(await FindSinceAsync(network, link, timeProvider.GetTimestamp(), scope));
        }
    }

    private static bool IsLearned(Network network) =>
        network is { Profile: WireProfile.Raidax, ResponseIv: ResponseIvChoice.Auto };

    // Under the wrong IV the sender is five random bytes.
    private bool IsOdd(Network network, Exchange exchange) =>
        !GetKeyAnswer.TryRead(network.Profile, exchange.Payload, out var answer, out _)
        || (shelf.Of(network.Id).Find(answer.Sender) is null
            && (exchange.Attempts > 1 || answer.Sender.Denomination is < LeastDenomination or > MostDenomination));

    private ValueTask<ResponseIv> FindSinceAsync(Network network, ServerLink link, long since, CallScope scope) =>
        (network.Profile, network.ResponseIv) switch
        {
            (WireProfile.Rke, _) or (_, ResponseIvChoice.Same) => new(ResponseIv.Same),
            (_, ResponseIvChoice.Continued) => new(ResponseIv.Continued),
            _ => LearnAsync(network, link, since, scope),
        };

    private async ValueTask<ResponseIv> LearnAsync(Network network, ServerLink link, long since, CallScope scope)
    {
        if (_learned.Count >= MostKnown)
        {
            _learned.Clear();
        }

        var learned = _learned.GetOrAdd(
            link.Address, _ => new(known => LookAsync(network, link, known), timeProvider));
        try
        {
            var left = scope.Deadline - timeProvider.GetUtcNow();
            return await learned.FindAsync(since)
                .WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider, scope.Cancellation);
        }
        catch (TimeoutException)
        {
            throw ResponseIvCanary.TimedOut(link.Address).ToException();
        }
    }

    // The look does not end with the call that needed it first.
    private async Task<Canary> LookAsync(Network network, ServerLink link, Canary? known)
    {
        var scope = new CallScope(timeProvider.GetUtcNow() + Patience, CancellationToken.None);
        var key = $"iv:{link.Address.Network}:{link.Address.RaidaId}:{link.Address.EndPoint}";
        var again = known is null ? null : await canary.GetAsync(network, link, known, scope);
        if (again is null && await memory.FindAsync(key, scope.Cancellation) is { } bytes
            && Canary.Read(bytes.Span) is { } shared && shared.Hash != known?.Hash)
        {
            again = await canary.GetAsync(network, link, shared, scope);
        }

        var found = again ?? await canary.PostAsync(network, link, scope);
        if (again is null || found.Iv != known?.Iv)
        {
            Log.ResponseIvLearned(logger, link.Address.RaidaId, network.Id, found.Iv);
            await memory.PutAsync(key, found.ToBytes(), network.KeyLifetime, scope.Cancellation);
        }

        return found;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * timeProvider.TimestampFrequency);
}
