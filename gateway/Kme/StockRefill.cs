using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Background;
using Rke.Gateway.Calls;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Initiating;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Kme;

/// <summary>
/// The side of the master: keeps the stock of each pair full by sessions with the KME of the slave. The answer to the Signal of a session
/// says that the other gateway has stored its keys, so each key in the stock is confirmed. One replica at a time refills a stock.
/// </summary>
internal sealed class StockRefill(
    KmeDirectory directory,
    IKeyStock counts,
    SealedStock stock,
    SessionInitiation initiation,
    ReplicaName replica,
    KmeMeter meter,
    IOptions<KmeOptions> options,
    BackgroundFailures failures,
    TimeProvider timeProvider,
    ILogger<StockRefill> logger) : BackgroundLoop(failures)
{
    private const int MaxParallel = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SessionDeadline = TimeSpan.FromSeconds(20);

    // Longer than a session.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<KmePair, SemaphoreSlim> _wanted = directory.Pairs.ToDictionary(pair => pair, _ => new SemaphoreSlim(0));

    /// <summary>Keys of a pair were taken from its stock.</summary>
    public void OnTaken(KmePair pair)
    {
        if (_wanted[pair] is { CurrentCount: 0 } wanted)
        {
            wanted.Release();
        }
    }

    public override void Dispose()
    {
        foreach (var wanted in _wanted.Values)
        {
            wanted.Dispose();
        }

        base.Dispose();
    }

    // An unexpected failure of one pair ends all of them, so that the base class reports it and starts them again.
    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAll(directory.Pairs.Select(async pair =>
        {
            try
            {
                await RunAsync(pair, end.Token);
            }
            finally
            {
                await end.CancelAsync();
            }
        }));
    }

    private async Task RunAsync(KmePair pair, CancellationToken stoppingToken)
    {
        for (var pause = Interval; ;)
        {
            string? problem;
            try
            {
                problem = await RefillAsync(pair, stoppingToken);
            }
            catch (RpcException exception)
            {
                problem = CallFailure.ReasonOf(exception);
            }

            if (problem is null)
            {
                pause = Interval;
                await _wanted[pair].WaitAsync(Interval, stoppingToken);
                continue;
            }

            // Without keys, each request would wake the loop, and the other side may need time.
            Log.RefillFailed(logger, pair.Master, pair.Slave, problem, pause);
            await Task.Delay(pause, timeProvider, stoppingToken);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
    }

    // Returns the reason if a session failed.
    private async Task<string?> RefillAsync(KmePair pair, CancellationToken stoppingToken)
    {
        if (pair.ForSlave is { } waiting)
        {
            meter.SetStock(pair, waiting.Side, await counts.CountAsync(waiting));
        }

        if (pair.ForMaster is not { } name)
        {
            return null;
        }

        while (true)
        {
            var refilled = await counts.TryRefillAsync(name, replica.Value, Lease);
            var count = refilled ?? await counts.CountAsync(name);
            meter.SetStock(pair, name.Side, count);

            // A stock can have more keys than the setting, such as after the setting was lowered.
            var missing = refilled is null ? 0 : (options.Value.Stock - count) / KmeKeys.PerSession;
            if (missing <= 0)
            {
                return null;
            }

            var sessions = await Task.WhenAll(
                Enumerable.Range(0, Math.Min(missing, MaxParallel)).Select(_ => MakeAsync(name, pair, stoppingToken)));
            if (sessions.OfType<string>().FirstOrDefault() is { } problem)
            {
                return problem;
            }
        }
    }

    private async Task<string?> MakeAsync(StockName name, KmePair pair, CancellationToken stoppingToken)
    {
        var request = pair.Target!.Clone();
        request.KeySize = KmeKeys.SessionKeySize;
        request.Preferences = new() { Network = pair.Network };
        request.DeriveLabels.AddRange(KmeKeys.Labels);
        var scope = new CallScope(MonotonicTime.Now(timeProvider) + SessionDeadline, stoppingToken)
        {
            Caller = CallerIdentity.Gateway,
            Permit = pair.Permit,
        };
        InitiateSessionResponse? made = null;
        try
        {
            made = await initiation.RunAsync(request, new SessionProgress(report: null, timeProvider), scope);
            if (made.Parts.Any(part => !part.Used))
            {
                return Reason.SessionFailed;
            }

            // Two replicas can refill at the same time if one of them was slow.
            await stock.AddAsync(
                name, pair, made.SessionId, made.LabelKeys, options.Value.Lifetime, 2 * options.Value.Stock, stoppingToken);
            meter.Count(pair, KmeMeter.Made, made.LabelKeys.Count);
            return null;
        }
        catch (RpcException exception)
        {
            return CallFailure.ReasonOf(exception);
        }
        finally
        {
            MessageSecrets.Clear(made);
        }
    }
}
