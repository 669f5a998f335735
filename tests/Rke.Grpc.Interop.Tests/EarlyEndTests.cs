using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;

namespace Rke.Grpc.Interop.Tests;

/// <summary>A server that refuses a call amid its requests: the status arrives, also through proxies.</summary>
public sealed class EarlyEndTests(InteropEnvironment environment)
{
    private const int Calls = 50;

    [Theory]
    [InlineData(Route.Direct)]
    [InlineData(Route.Nginx)]
    [InlineData(Route.Haproxy)]
    public async Task Status_outruns_the_reset(Route route)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(route));
        var client = new TestService.TestServiceClient(channel);
        var status = new EchoStatus { Code = (int)StatusCode.FailedPrecondition, Message = "enough" };

        for (var i = 0; i < Calls; i++)
        {
            using var call = client.FullDuplexCall(cancellationToken: cancellationToken);
            var error = await Assert.ThrowsAsync<RpcException>(async () =>
            {
                // The answer may be here before the write has returned; then the write says it.
                await call.RequestStream.WriteAsync(new() { ResponseStatus = status }, cancellationToken);
                await call.ResponseStream.MoveNext(cancellationToken);
            });
            Assert.Equal((StatusCode.FailedPrecondition, "enough"), (error.StatusCode, error.Status.Detail));
        }
    }
}
