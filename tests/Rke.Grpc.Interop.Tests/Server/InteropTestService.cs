using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;

namespace Rke.Grpc.Interop.Tests;

/// <summary>What every server of the gRPC interoperability tests does. UnimplementedCall stays as it is.</summary>
public sealed class InteropTestService(CallWitness witness, TimeProvider timeProvider) : TestService.TestServiceBase
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    public override Task<Empty> EmptyCall(Empty request, ServerCallContext context)
    {
        // .NET's gzip writes nothing for an empty message, which grpc-js refuses to decompress.
        SetCompression(context, compressed: null);
        return Task.FromResult(new Empty());
    }

    public override async Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context)
    {
        using var call = witness.Begin(context);
        await EchoMetadataAsync(context);
        RefuseIfWished(request.ResponseStatus);
        RefuseWrongEncoding(request.ExpectCompressed, context);
        SetCompression(context, request.ResponseCompressed);
        return new SimpleResponse { Payload = Zeros(request.ResponseSize) };
    }

    public override Task<SimpleResponse> CacheableUnaryCall(SimpleRequest request, ServerCallContext context) =>
        UnaryCall(request, context);

    public override async Task StreamingOutputCall(
        StreamingOutputCallRequest request,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        using var call = witness.Begin(context);
        await EchoMetadataAsync(context);
        RefuseIfWished(request.ResponseStatus);
        await WriteAllAsync(request, responseStream, context);
    }

    public override async Task<StreamingInputCallResponse> StreamingInputCall(
        IAsyncStreamReader<StreamingInputCallRequest> requestStream,
        ServerCallContext context)
    {
        using var call = witness.Begin(context);
        await EchoMetadataAsync(context);
        var size = 0;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            RefuseWrongEncoding(requestStream.Current.ExpectCompressed, context);
            size += requestStream.Current.Payload.Body.Length;
        }

        return new StreamingInputCallResponse { AggregatedPayloadSize = size };
    }

    public override async Task FullDuplexCall(
        IAsyncStreamReader<StreamingOutputCallRequest> requestStream,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        using var call = witness.Begin(context);
        await EchoMetadataAsync(context);
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            if (requestStream.Current.ResponseStatus is { } status)
            {
                await SkipAsync(requestStream, context.CancellationToken);
                RefuseIfWished(status);
            }

            await WriteAllAsync(requestStream.Current, responseStream, context);
        }
    }

    public override async Task HalfDuplexCall(
        IAsyncStreamReader<StreamingOutputCallRequest> requestStream,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        using var call = witness.Begin(context);
        await EchoMetadataAsync(context);
        var requests = new List<StreamingOutputCallRequest>();
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            requests.Add(requestStream.Current);
        }

        foreach (var request in requests)
        {
            RefuseIfWished(request.ResponseStatus);
            await WriteAllAsync(request, responseStream, context);
        }
    }

    // Kestrel resets a stream whose requests have not ended right behind the status, and haproxy 2.6 then loses the status.
    private static async Task SkipAsync(IAsyncStreamReader<StreamingOutputCallRequest> requests, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
        }
    }

    private async Task WriteAllAsync(
        StreamingOutputCallRequest request,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        foreach (var wanted in request.ResponseParameters)
        {
            if (wanted.IntervalUs > 0)
            {
                // A timer counts whole milliseconds.
                var milliseconds = 1 + (wanted.IntervalUs / 1000);
                using var interval = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds), timeProvider);
                await interval.WaitForNextTickAsync(context.CancellationToken);
            }

            responseStream.WriteOptions = Compression(wanted.Compressed);
            await responseStream.WriteAsync(new StreamingOutputCallResponse { Payload = Zeros(wanted.Size) });
        }
    }

    private static async Task EchoMetadataAsync(ServerCallContext context)
    {
        if (context.RequestHeaders.Get(EchoInitial) is { } initial)
        {
            await context.WriteResponseHeadersAsync([initial]);
        }

        if (context.RequestHeaders.Get(EchoTrailing) is { } trailing)
        {
            context.ResponseTrailers.Add(trailing);
        }
    }

    private static void RefuseIfWished(EchoStatus? status)
    {
        if (status is not null)
        {
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
        }
    }

    private static void RefuseWrongEncoding(BoolValue? expectCompressed, ServerCallContext context)
    {
        if (expectCompressed is null)
        {
            return;
        }

        var encoding = context.GetHttpContext().Request.Headers["grpc-encoding"].ToString();
        if (expectCompressed.Value != encoding is not ("" or "identity"))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"grpc-encoding is '{encoding}'"));
        }
    }

    private static void SetCompression(ServerCallContext context, BoolValue? compressed) =>
        context.WriteOptions = Compression(compressed);

    private static WriteOptions Compression(BoolValue? compressed) =>
        compressed is { Value: true } ? WriteOptions.Default : new WriteOptions(WriteFlags.NoCompress);

    private static Payload Zeros(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
