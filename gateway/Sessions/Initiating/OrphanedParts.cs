using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Background;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Collects parts that no receiver will read: parts on replaced servers, and parts that a receiver did not use. A part
/// occupies a coin until it is collected. Parts that cannot be collected expire.
/// </summary>
internal sealed class OrphanedParts(
    GetKeyCall getKey, NetworkDirectory networks, ICoinState state, BackgroundFailures failures, TimeProvider timeProvider)
    : BackgroundLoop(failures)
{
    private const int Capacity = 4096;
    private const int MaxConcurrent = 16;

    private static readonly TimeSpan CollectTimeout = TimeSpan.FromSeconds(2);

    private readonly Channel<OrphanedPart> _waiting = Channel.CreateBounded<OrphanedPart>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Clears the bytes of the part, and queues the part for collection from its server.</summary>
    public void Add(PostedPart part)
    {
        part.Dispose();
        if (networks.Find(part.Server.Network) is { PartsOccupyCoins: true })
        {
            _waiting.Writer.TryWrite(new(part.Server, part.KeyId, part.Response));
        }
    }

    /// <summary>Does the same after the post has ended, because a running post uses the bytes.</summary>
    public void AddWhenEnded(Task<PostKeyResponse> post, PostedPart part) => _ = post.ContinueWith(
        ended =>
        {
            part.Response = ended.IsCompletedSuccessfully ? ended.Result : null;
            _ = ended.Exception;
            Add(part);
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    // The queued parts expire when the gateway stops.
    protected override Task LoopAsync(CancellationToken stoppingToken) => Parallel.ForEachAsync(
        _waiting.Reader.ReadAllAsync(stoppingToken),
        new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrent, CancellationToken = stoppingToken },
        CollectAsync);

    private async ValueTask CollectAsync(OrphanedPart orphan, CancellationToken stoppingToken)
    {
        var request = new GetKeyRequest
        {
            Network = orphan.Server.Network,
            RaidaId = orphan.Server.RaidaId,
            KeyId = orphan.KeyId,
        };
        try
        {
            // A successful GetKey also frees the coin.
            MessageSecrets.Clear(
                await getKey.RunAsync(request, new(MonotonicTime.Now(timeProvider) + CollectTimeout, stoppingToken)));
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) == Reason.KeyNotFound)
        {
            // If the post was confirmed, the part was read, and the coin is free. If not, the part can still arrive at the server, and
            // the coin stays occupied.
            if (orphan.Posted is { } posted)
            {
                await state.FreeAsync(orphan.Server, KeyIdHash.Read(posted.KeyIdHash.Span), coin: null);
            }
        }
        catch (RpcException)
        {
            // The server does not answer. The part expires there, and the occupancy of the coin expires here.
        }
    }

    private readonly record struct OrphanedPart(ServerId Server, ByteString KeyId, PostKeyResponse? Posted);
}
