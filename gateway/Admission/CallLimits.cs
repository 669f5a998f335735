using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Errors;
using Rke.Gateway.Listening;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Admission;

/// <summary>
/// Refuses calls above the limits, and calls with too much metadata, before gRPC spends memory on them. It is the first part of the
/// request pipeline. A call counts until its response is complete and its whole request has arrived, so calls count whose clients do not
/// finish. <see cref="OpenStreams"/> also counts calls whose clients do not read.
/// </summary>
internal sealed class CallLimits(
    RequestDelegate next, IOptionsMonitor<AdmissionOptions> options, IOptions<ConnectionOptions> connections, LimiterMeter limiters,
    CallMeter calls, CallsInFlight inFlight)
{
    // The number of calls that the gateway refuses at the same time. A client that reads ends such a call at once.
    private const int MaxRefusals = 4000;
    private const int MaxRefusalsPerPeer = 1000;

    private const int EntryOverhead = 32;

    // The metadata of most clients without a token.
    private const int MaxKeptMetadata = 512;

    private const string Unknown = "unknown";

    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromMilliseconds(100);

    private readonly int _maxMetadataSize = connections.Value.MaxMetadataSize;
    private readonly CallCounts _counts = inFlight.Counts;
    private int _refusals;

    public Task InvokeAsync(HttpContext context)
    {
        // Connections of the HTTP port have no limits without gRPC-Web and JSON.
        if (context.Features.Get<ConnectionPeer>() is not { } connection)
        {
            return next(context);
        }

        return HttpProtocol.IsHttp2(context.Request.Protocol) || CallStatus.IsCall(context)
            ? LimitAsync(context, connection)
            : CountAsync(context, connection.Life);
    }

    // Probes and load balancers need Health/Check most when the gateway is overloaded, so the other calls do not count for it.
    private static CallKind KindOf(IMethod? method) => method?.ServiceName switch
    {
        "grpc.health.v1.Health" => method.Name == "Check" ? CallKind.HealthCheck : CallKind.DiagnosticStream,
        "grpc.reflection.v1.ServerReflection" or "grpc.reflection.v1alpha.ServerReflection" => CallKind.DiagnosticStream,
        _ => CallKind.Call,
    };

    private static int MetadataSizeOf(HttpRequest request)
    {
        var size = request.Path.Value?.Length ?? 0;
        foreach (var (name, values) in request.Headers)
        {
            for (var index = 0; index < values.Count; index++)
            {
                size += name.Length + (values[index]?.Length ?? 0) + EntryOverhead;
            }
        }

        return size;
    }

    // Waits until the whole request has arrived. Otherwise, Kestrel would keep the stream, uncounted. Kestrel closes connections that send
    // too slowly.
    private static async Task EndAsync(HttpContext context, int metadataSize)
    {
        // Kestrel keeps the metadata with the stream until the client has read the response, and some seconds longer for reuse. A later
        // call with the same metadata then needs no new strings.
        if (metadataSize > MaxKeptMetadata)
        {
            context.Request.Headers.Clear();
        }

        await context.Response.CompleteAsync();
        if (!context.RequestAborted.IsCancellationRequested)
        {
            bool hasEnded;
            do
            {
                var read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
                context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                hasEnded = read.IsCompleted || read.IsCanceled;
            }
            while (!hasEnded);
        }
    }

    private async Task CountAsync(HttpContext context, ConnectionLife life)
    {
        life.OnCallStarted();
        try
        {
            await next(context);
        }
        finally
        {
            life.OnCallEnded();
        }
    }

    private async Task LimitAsync(HttpContext context, ConnectionPeer connection)
    {
        connection.Life.OnCallStarted();
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
        var kind = KindOf(method);
        var refusal = Take(kind, connection.Peer);
        var isCounted = refusal is null;
        var metadataSize = MetadataSizeOf(context.Request);
        if (!isCounted)
        {
            // The refused calls of one peer must not use up the limit of all peers.
            Release(kind, connection.Peer);
        }
        else if (metadataSize > _maxMetadataSize)
        {
            refusal = MetadataTooLarge();
        }

        try
        {
            if (refusal is not null)
            {
                await RefuseAsync(context, connection, kind, method, refusal, metadataSize);
                return;
            }

            Decided(kind, LimiterMeter.Admitted);
            await next(context);
            await EndAsync(context, metadataSize);
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested
            && exception is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client has cancelled the call or disconnected.
        }
        finally
        {
            if (isCounted)
            {
                Release(kind, connection.Peer);
            }

            connection.Life.OnCallEnded();
        }
    }

    private CallFailure? Take(CallKind kind, Peer peer)
    {
        var limits = options.CurrentValue;
        var (max, maxOfPeer) = kind == CallKind.Call
            ? (limits.MaxCalls, limits.MaxCallsPerPeer)
            : (limits.MaxDiagnosticStreams, limits.MaxDiagnosticStreamsPerPeer);
        var ofPeer = Interlocked.Increment(ref peer.Calls[kind]);
        if (Interlocked.Increment(ref _counts[kind]) > max)
        {
            return Overloaded($"{max} calls of this kind are already in progress. Retry later.");
        }

        return maxOfPeer > 0 && ofPeer > maxOfPeer
            ? Overloaded($"{maxOfPeer} calls of this kind are already in progress from this address. Retry later.")
            : null;
    }

    private void Release(CallKind kind, Peer peer)
    {
        Interlocked.Decrement(ref peer.Calls[kind]);
        Interlocked.Decrement(ref _counts[kind]);
    }

    private async Task RefuseAsync(
        HttpContext context, ConnectionPeer connection, CallKind kind, IMethod? method, CallFailure failure, int metadataSize)
    {
        Decided(kind, LimiterMeter.Refused);
        var name = method is null ? Unknown : CallMethod.Of(method).Name;
        calls.OnRefused(name, failure.Code, failure.Reason);
        CallReason.Note(context, failure.Reason);
        try
        {
            var ofPeer = Interlocked.Increment(ref connection.Peer.Refusals);
            if (Interlocked.Increment(ref _refusals) > MaxRefusals || ofPeer > MaxRefusalsPerPeer)
            {
                connection.Abort("The client opens calls above the limits, and does not read the responses.");
                return;
            }

            if (CallStatus.IsJson(context))
            {
                await JsonStatus.WriteAsync(context, failure);
            }
            else
            {
                Write(context, failure);
            }

            await EndAsync(context, metadataSize);
        }
        finally
        {
            Interlocked.Decrement(ref connection.Peer.Refusals);
            Interlocked.Decrement(ref _refusals);
        }
    }

    private static void Write(HttpContext context, CallFailure failure)
    {
        if (CallStatus.IsCall(context))
        {
            GrpcErrorResponse.Write(context.Response, failure);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private void Decided(CallKind kind, string decision)
    {
        if (kind == CallKind.Call)
        {
            limiters.OnDecided(LimiterMeter.Concurrency, decision);
            GatewayActivities.Decided(LimiterMeter.Concurrency, decision);
        }
        else if (decision == LimiterMeter.Refused)
        {
            limiters.OnDecided(LimiterMeter.Diagnostics, decision);
        }
    }

    private static CallFailure Overloaded(string message) => new(StatusCode.ResourceExhausted, Reason.Overloaded, message)
    {
        RetryAfter = RetryWhenFull,
        QuotaSubject = "calls",
    };

    private CallFailure MetadataTooLarge() => new(
        StatusCode.ResourceExhausted,
        Reason.MetadataTooLarge,
        $"The metadata is larger than {_maxMetadataSize} bytes. Send less metadata, or raise Rke:Grpc:MaxMetadataSize.");
}

/// <summary>The calls of all peers that are in progress.</summary>
internal sealed class CallsInFlight
{
    public CallCounts Counts { get; } = new();

    /// <summary>The calls that count for <c>Rke:Grpc:MaxCalls</c>.</summary>
    public int Calls => Volatile.Read(ref Counts[CallKind.Call]);
}

/// <summary>Adds the limits of calls to the request pipeline.</summary>
internal static class CallLimitsApplication
{
    public static void UseCallLimits(this WebApplication app) => app.UseMiddleware<CallLimits>();
}
