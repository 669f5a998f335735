using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;

namespace Rke.Grpc.Interop.Tests;

/// <summary>The standard cases with Grpc.Net.Client. Each is named as in <see cref="InteropCases"/>.</summary>
internal sealed class DotnetClient(GrpcChannel channel, CallWitness witness)
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";
    private const string InitialValue = "test_initial_metadata_value";
    private const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";

    private static readonly byte[] TrailingValue = [0xab, 0xab, 0xab];
    private static readonly int[] RequestSizes = [27182, 8, 1828, 45904];
    private static readonly int[] ResponseSizes = [31415, 9, 2653, 58979];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestService.TestServiceClient _client = new(channel);

    private static DateTime Soon => DateTime.UtcNow + Patience;

    public async Task RunAsync(string name)
    {
        Func<Task> run = name switch
        {
            "empty_unary" => EmptyUnaryAsync,
            "large_unary" => LargeUnaryAsync,
            "client_compressed_unary" => ClientCompressedUnaryAsync,
            "server_compressed_unary" => ServerCompressedUnaryAsync,
            "client_streaming" => ClientStreamingAsync,
            "server_streaming" => ServerStreamingAsync,
            "ping_pong" => PingPongAsync,
            "empty_stream" => EmptyStreamAsync,
            "custom_metadata" => CustomMetadataAsync,
            "status_code_and_message" => StatusCodeAndMessageAsync,
            "special_status_message" => SpecialStatusMessageAsync,
            "unimplemented_method" => UnimplementedMethodAsync,
            "unimplemented_service" => UnimplementedServiceAsync,
            "cancel_after_begin" => CancelAfterBeginAsync,
            "cancel_after_first_response" => CancelAfterFirstResponseAsync,
            InteropCases.CancelSleepingServer => CancelSleepingServerAsync,
            "timeout_on_sleeping_server" => TimeoutOnSleepingServerAsync,
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such case."),
        };
        await run();
    }

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static SimpleRequest LargeRequest() => new() { ResponseSize = 314159, Payload = Zeros(271828) };

    private static StreamingOutputCallRequest OutputRequest(int responseSize, int requestSize) => new()
    {
        ResponseParameters = { new ResponseParameters { Size = responseSize } },
        Payload = Zeros(requestSize),
    };

    private static void CheckLarge(SimpleResponse response) => Assert.Equal(Zeros(314159), response.Payload);

    private static async Task<RpcException> FailsAsync(StatusCode code, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(code, error.StatusCode);
        return error;
    }

    private static async Task<List<int>> SizesAsync(IAsyncStreamReader<StreamingOutputCallResponse> responses)
    {
        var sizes = new List<int>();
        await foreach (var response in responses.ReadAllAsync())
        {
            sizes.Add(response.Payload.Body.Length);
        }

        return sizes;
    }

    private async Task EmptyUnaryAsync() =>
        Assert.Equal(new Empty(), await _client.EmptyCallAsync(new Empty(), deadline: Soon));

    private async Task LargeUnaryAsync() => CheckLarge(await _client.UnaryCallAsync(LargeRequest(), deadline: Soon));

    private async Task ClientCompressedUnaryAsync()
    {
        var request = LargeRequest();
        request.ExpectCompressed = new BoolValue { Value = true };
        await FailsAsync(
            StatusCode.InvalidArgument,
            async () => await _client.UnaryCallAsync(request, deadline: Soon));
        var gzip = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        CheckLarge(await _client.UnaryCallAsync(request, gzip, deadline: Soon));
        request.ExpectCompressed.Value = false;
        CheckLarge(await _client.UnaryCallAsync(request, deadline: Soon));
    }

    private async Task ServerCompressedUnaryAsync()
    {
        foreach (var compressed in new[] { true, false })
        {
            var request = LargeRequest();
            request.ResponseCompressed = new BoolValue { Value = compressed };
            CheckLarge(await _client.UnaryCallAsync(request, deadline: Soon));
        }
    }

    private async Task ClientStreamingAsync()
    {
        using var call = _client.StreamingInputCall(deadline: Soon);
        foreach (var size in RequestSizes)
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(size) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(74922, (await call.ResponseAsync).AggregatedPayloadSize);
    }

    private async Task ServerStreamingAsync()
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(ResponseSizes.Select(size => new ResponseParameters { Size = size }));
        using var call = _client.StreamingOutputCall(request, deadline: Soon);
        Assert.Equal(ResponseSizes, await SizesAsync(call.ResponseStream));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private async Task PingPongAsync()
    {
        using var call = _client.FullDuplexCall(deadline: Soon);
        foreach (var (requestSize, responseSize) in RequestSizes.Zip(ResponseSizes))
        {
            await call.RequestStream.WriteAsync(OutputRequest(responseSize, requestSize));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(responseSize, call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private async Task EmptyStreamAsync()
    {
        using var call = _client.FullDuplexCall(deadline: Soon);
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private async Task CustomMetadataAsync()
    {
        var metadata = new Metadata { { EchoInitial, InitialValue }, { EchoTrailing, TrailingValue } };
        using var unary = _client.UnaryCallAsync(LargeRequest(), metadata, deadline: Soon);
        CheckLarge(await unary);
        Assert.Equal(InitialValue, (await unary.ResponseHeadersAsync).GetValue(EchoInitial));
        Assert.Equal(TrailingValue, unary.GetTrailers().GetValueBytes(EchoTrailing));

        using var duplex = _client.FullDuplexCall(metadata, deadline: Soon);
        await duplex.RequestStream.WriteAsync(OutputRequest(314159, 271828));
        await duplex.RequestStream.CompleteAsync();
        Assert.Equal([314159], await SizesAsync(duplex.ResponseStream));
        Assert.Equal(InitialValue, (await duplex.ResponseHeadersAsync).GetValue(EchoInitial));
        Assert.Equal(TrailingValue, duplex.GetTrailers().GetValueBytes(EchoTrailing));
    }

    private async Task StatusCodeAndMessageAsync()
    {
        var status = new EchoStatus { Code = (int)StatusCode.Unknown, Message = "test status message" };
        var error = await FailsAsync(
            StatusCode.Unknown,
            async () => await _client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status }, deadline: Soon));
        Assert.Equal(status.Message, error.Status.Detail);

        using var call = _client.FullDuplexCall(deadline: Soon);
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        await call.RequestStream.CompleteAsync();
        error = await FailsAsync(StatusCode.Unknown, () => call.ResponseStream.MoveNext());
        Assert.Equal(status.Message, error.Status.Detail);
    }

    private async Task SpecialStatusMessageAsync()
    {
        var status = new EchoStatus { Code = (int)StatusCode.Unknown, Message = SpecialMessage };
        var error = await FailsAsync(
            StatusCode.Unknown,
            async () => await _client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status }, deadline: Soon));
        Assert.Equal(SpecialMessage, error.Status.Detail);
    }

    private Task<RpcException> UnimplementedMethodAsync() =>
        FailsAsync(
            StatusCode.Unimplemented,
            async () => await _client.UnimplementedCallAsync(new Empty(), deadline: Soon));

    private Task<RpcException> UnimplementedServiceAsync()
    {
        var other = new UnimplementedService.UnimplementedServiceClient(channel);
        return FailsAsync(
            StatusCode.Unimplemented,
            async () => await other.UnimplementedCallAsync(new Empty(), deadline: Soon));
    }

    private async Task CancelAfterBeginAsync()
    {
        var (metadata, testimony) = Observed();
        using var cancellation = new CancellationTokenSource();
        using var call = _client.StreamingInputCall(metadata, Soon, cancellation.Token);
        await testimony.Begun.WaitAsync(Patience);
        await cancellation.CancelAsync();
        await FailsAsync(StatusCode.Cancelled, async () => await call);
        await testimony.Cancelled.WaitAsync(Patience);
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        var (metadata, testimony) = Observed();
        using var cancellation = new CancellationTokenSource();
        using var call = _client.FullDuplexCall(metadata, Soon, cancellation.Token);
        await call.RequestStream.WriteAsync(OutputRequest(ResponseSizes[0], RequestSizes[0]));
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(ResponseSizes[0], call.ResponseStream.Current.Payload.Body.Length);
        await cancellation.CancelAsync();
        await FailsAsync(StatusCode.Cancelled, () => call.ResponseStream.MoveNext());
        await testimony.Cancelled.WaitAsync(Patience);
    }

    private async Task CancelSleepingServerAsync()
    {
        var (metadata, testimony) = Observed();
        using var cancellation = new CancellationTokenSource();
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.Add(new ResponseParameters { Size = 1 });
        request.ResponseParameters.Add(new ResponseParameters { Size = 1, IntervalUs = 60_000_000 });
        using var call = _client.StreamingOutputCall(request, metadata, Soon, cancellation.Token);
        Assert.True(await call.ResponseStream.MoveNext());
        await cancellation.CancelAsync();
        await FailsAsync(StatusCode.Cancelled, () => call.ResponseStream.MoveNext());
        Assert.True(await testimony.Cancelled.WaitAsync(Patience), "The server did not see the cancellation.");
    }

    private async Task TimeoutOnSleepingServerAsync()
    {
        using var call = _client.FullDuplexCall(deadline: DateTime.UtcNow.AddMilliseconds(1));
        await FailsAsync(StatusCode.DeadlineExceeded, async () =>
        {
            await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { Payload = Zeros(27182) });
            await call.ResponseStream.MoveNext();
        });
    }

    private (Metadata Metadata, TestimonyOfCall Testimony) Observed()
    {
        var id = Guid.NewGuid().ToString("N");
        return (new Metadata { { CallWitness.Header, id } }, witness.Of(id));
    }
}
