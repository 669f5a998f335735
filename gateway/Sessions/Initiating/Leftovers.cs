using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.State;
using Rke.Gateway.Translation;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Collects the parts of sessions that nobody will read: of servers that were replaced, and of receivers that left
/// them. Until then they keep a coin occupied. What cannot be collected expires.
/// </summary>
internal sealed class Leftovers(
    GetKeyTranslation getKey, NetworkDirectory networks, ICoinState state, TimeProvider timeProvider)
    : BackgroundService
{
    private const int MostWaiting = 4096;
    private const int AtATime = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Channel<Leftover> _waiting = Channel.CreateBounded<Leftover>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Clears the part's bytes here, and has the part collected from its server.</summary>
    public void Add(PostedPart part)
    {
        part.Dispose();
        if (networks.Find(part.Server.Network) is { PartsOccupyCoins: true })
        {
            _waiting.Writer.TryWrite(new(part.Server, part.KeyId, part.Response));
        }
    }

    /// <summary>The same, once the post has ended: until then its bytes are still in use.</summary>
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Parallel.ForEachAsync(
                _waiting.Reader.ReadAllAsync(stoppingToken),
                new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = stoppingToken },
                CollectAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops; what waits expires.
        }
    }

    private async ValueTask CollectAsync(Leftover leftover, CancellationToken stoppingToken)
    {
        var request = new GetKeyRequest
        {
            Network = leftover.Server.Network,
            RaidaId = leftover.Server.RaidaId,
            KeyId = leftover.KeyId,
        };
        try
        {
            // The coin is freed by whoever reads the part.
            var got = await getKey.RunAsync(request, new(timeProvider.GetUtcNow() + Patience, stoppingToken));
            if (MemoryMarshal.TryGetArray(got.KeyPart.Memory, out var bytes))
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) == Reason.KeyNotFound)
        {
            // It was there: so somebody has read it. Where nobody knows whether it was, it may still arrive.
            if (leftover.Posted is { } posted)
            {
                await state.FreeAsync(leftover.Server, PartHash.Read(posted.KeyIdHash.Span), coin: null);
            }
        }
        catch (RpcException)
        {
            // The server does not answer; the part expires there and the coin here.
        }
    }

    private readonly record struct Leftover(ServerNumber Server, ByteString KeyId, PostKeyResponse? Posted);
}
