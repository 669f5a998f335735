using System.Net;
using System.Net.Http.Headers;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rke.Gateway.Tests.Interceptors;

/// <summary>Messages that are not gRPC or not protobuf. A caller can send them at any rate.</summary>
public sealed class UnreadableMessageTests
{
    private const string InvalidArgument = "3";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    // The compression flag is 0 or 1. 0A 7F is a field of 127 bytes, which do not follow.
    [Theory]
    [InlineData("rke.v1.RkeService/PostKey", "0700000000")]
    [InlineData("rke.v1.RkeService/PostKey", "00000000020A7F")]
    [InlineData("rke.v1.RkeService/PostKey", "0000000005")]
    [InlineData("rke.v1.RkeSessionService/WatchSessions", "00000000020A7F")]
    [InlineData("grpc.health.v1.Health/Check", "0700000000")]
    [InlineData("grpc.health.v1.Health/Watch", "00000000020A7F")]
    [InlineData("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "0700000000")]
    [InlineData("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "00000000020A7F")]
    public async Task An_unreadable_message_is_an_error_of_the_caller_and_is_not_logged(string method, string message)
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));

        var trailers = await SendAsync(gateway, method, Convert.FromHexString(message));

        Assert.Equal(InvalidArgument, trailers["grpc-status"]);
        Assert.Contains("MESSAGE_UNREADABLE", DetailsOf(trailers), StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Logs.GetSnapshot(), record => record.Level >= LogLevel.Error);
        Assert.Contains(
            "reason=\"MESSAGE_UNREADABLE\"", await gateway.Http.GetStringAsync("/metrics", Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unexpected_exception_is_logged_and_is_INTERNAL()
    {
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal),
            builder => builder.Services.PostConfigure<GrpcServiceOptions>(grpc => grpc.Interceptors.Add<FaultyInterceptor>()));

        var trailers = await SendAsync(gateway, "rke.v1.RkeService/PostKey", new byte[5]);

        Assert.Equal("13", trailers["grpc-status"]);
        Assert.Contains("GATEWAY_FAILED", DetailsOf(trailers), StringComparison.Ordinal);
        var record = Assert.Single(gateway.Logs.GetSnapshot(), record => record.Level >= LogLevel.Error);
        Assert.Equal((1902, "A fault."), (record.Id.Id, record.Exception?.Message));
    }

    private static async Task<Dictionary<string, string>> SendAsync(RunningGateway gateway, string method, byte[] body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Grpc, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        using var response = await client.SendAsync(request, Cancelled);
        await response.Content.ReadAsByteArrayAsync(Cancelled);
        return response.Headers.Concat(response.TrailingHeaders)
            .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.Ordinal);
    }

    private static string DetailsOf(Dictionary<string, string> trailers)
    {
        var text = trailers["grpc-status-details-bin"];
        return System.Text.Encoding.Latin1.GetString(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
    }

    private sealed class FaultyInterceptor : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            throw new NotSupportedException("A fault.");
    }
}
