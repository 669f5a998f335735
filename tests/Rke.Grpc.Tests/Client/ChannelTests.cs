using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rke.Grpc.Tests.Client;

/// <summary>What a caller makes of servers and proxies that answer oddly.</summary>
public sealed class ChannelTests
{
    private static readonly Method<Message, Message> Odd = new(
        MethodType.Unary,
        "odd.Service",
        "Method",
        Marshallers.Create(Google.Protobuf.MessageExtensions.ToByteArray, Message.Parser.ParseFrom),
        Marshallers.Create(Google.Protobuf.MessageExtensions.ToByteArray, Message.Parser.ParseFrom));

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    public async Task HTTP_errors_become_statuses(int httpStatus, StatusCode expected) =>
        Assert.Equal(expected, (await CallAsync(context =>
        {
            context.Response.StatusCode = httpStatus;
            return Task.CompletedTask;
        })).StatusCode);

    [Fact]
    public async Task An_answer_that_is_not_gRPC_is_unknown() =>
        Assert.Equal(StatusCode.Unknown, (await CallAsync(context => context.Response.WriteAsync("page"))).StatusCode);

    [Fact]
    public async Task An_answer_without_a_status_is_unknown() =>
        Assert.Equal(StatusCode.Unknown, (await CallAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(RawClient.Frame(new Message()));
        })).StatusCode);

    [Theory]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Internal, 0)]
    [InlineData(StatusCode.Internal, 0, 0, 0, 0, 1)]
    [InlineData(StatusCode.Internal, 7)]
    [InlineData(StatusCode.Internal, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    [InlineData(StatusCode.Internal, 0, 0, 0, 0, 1, 255)]
    [InlineData(StatusCode.Internal, 1, 0, 0, 0, 0)]
    [InlineData(StatusCode.ResourceExhausted, 0, 255, 255, 255, 255)]
    public async Task A_malformed_answer_is_internal(StatusCode expected, params int[] body) =>
        Assert.Equal(expected, (await CallAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.StartAsync();
            await context.Response.Body.WriteAsync(body.Select(value => (byte)value).ToArray());
            context.Response.AppendTrailer("grpc-status", "0");
        })).StatusCode);

    [Theory]
    [InlineData("x", StatusCode.Unknown)]
    [InlineData("-1", StatusCode.Unknown)]
    [InlineData("5", StatusCode.NotFound)]
    [InlineData("99", (StatusCode)99)]
    public async Task A_status_in_the_headers_counts(string status, StatusCode expected) =>
        Assert.Equal(expected, (await CallAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = status;
            return Task.CompletedTask;
        })).StatusCode);

    [Theory]
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x8, StatusCode.Cancelled)]
    [InlineData(0xb, StatusCode.ResourceExhausted)]
    [InlineData(0xc, StatusCode.PermissionDenied)]
    public async Task A_reset_becomes_a_status(int errorCode, StatusCode expected) =>
        Assert.Equal(expected, (await CallAsync(context =>
        {
            context.Features.Get<IHttpResetFeature>()!.Reset(errorCode);
            return Task.CompletedTask;
        })).StatusCode);

    [Fact]
    public async Task A_lost_connection_is_unavailable() =>
        Assert.Equal(StatusCode.Unavailable, (await CallAsync(context =>
        {
            context.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()?.Abort();
            return Task.CompletedTask;
        })).StatusCode);

    [Fact]
    public async Task Nobody_there_is_unavailable()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var channel = GrpcChannel.ForAddress($"http://{taken.LocalEndPoint}");

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new Message()).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.NotNull(exception.Status.DebugException);
    }

    [Fact]
    public void Addresses_and_credentials_must_fit()
    {
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("ftp://example"));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress(
            "http://example", new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress(
            "https://example", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure }));
    }

    [Fact]
    public async Task Simple_marshallers_work_too()
    {
        await using var server = await EchoServer.StartAsync();
        var method = new Method<Message, Message>(
            MethodType.Unary, "rke.tests.Echo", "Unary", Odd.RequestMarshaller, Odd.ResponseMarshaller);

        var response = await server.Channel.CreateCallInvoker()
            .AsyncUnaryCall(method, host: null, default, new Message { Text = "hello" });

        Assert.Equal("hello", response.Text);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(2_900_000)]
    public async Task A_deadline_longer_than_any_timer_is_as_good_as_another(int days)
    {
        await using var server = await EchoServer.StartAsync();
        await server.Client.UnaryAsync(new Message(), deadline: DateTime.UtcNow.AddDays(days));
    }

    [Fact]
    public async Task A_deadline_must_be_in_UTC()
    {
        await using var server = await EchoServer.StartAsync();

        Assert.Throws<InvalidOperationException>(
            () => server.Client.UnaryAsync(new Message(), deadline: DateTime.Now.AddSeconds(1)));
    }

    [Fact]
    public async Task A_call_has_no_status_before_its_end()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.DuplexStreaming();

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
    }

    private static async Task<RpcException> CallAsync(RequestDelegate answer)
    {
        await using var server = await EchoServer.StartAsync(map: app => app.MapPost("/odd.Service/Method", answer));
        return await Assert.ThrowsAsync<RpcException>(() => server.Channel.CreateCallInvoker()
            .AsyncUnaryCall(Odd, host: null, default, new Message()).ResponseAsync);
    }
}
