using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using ReflectionV1 = Grpc.Reflection.V1;
using ReflectionV1Alpha = Grpc.Reflection.V1Alpha;

namespace Rke.Grpc.Interop.Tests;

/// <summary>Both versions of reflection over a real connection: several questions on one stream.</summary>
public sealed class ReflectionTests(InteropEnvironment environment)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task V1_answers_in_order()
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(Route.Direct));
        using var call = new ReflectionV1.ServerReflection.ServerReflectionClient(channel)
            .ServerReflectionInfo(cancellationToken: Cancellation);

        await call.RequestStream.WriteAsync(new ReflectionV1.ServerReflectionRequest { ListServices = "*" }, Cancellation);
        var list = await NextAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(
            new ReflectionV1.ServerReflectionRequest { FileContainingSymbol = "rke.v1.RkeService" }, Cancellation);
        var file = await NextAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(
            new ReflectionV1.ServerReflectionRequest { FileContainingSymbol = "no.Such" }, Cancellation);
        var error = await NextAsync(call.ResponseStream);
        await call.RequestStream.CompleteAsync();

        Assert.Equal(BufCurlTests.Services, list.ListServicesResponse.Service.Select(service => service.Name).Order());
        Assert.Contains("rke/v1/rke.proto", FileNames(file.FileDescriptorResponse.FileDescriptorProto));
        Assert.Contains("google/protobuf/duration.proto", FileNames(file.FileDescriptorResponse.FileDescriptorProto));
        Assert.Equal((int)StatusCode.NotFound, error.ErrorResponse.ErrorCode);
        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
    }

    /// <summary>No service refers to these messages, and tools need them to print error details.</summary>
    [Theory]
    [InlineData("google.rpc.ErrorInfo")]
    [InlineData("google.rpc.BadRequest")]
    [InlineData("google.rpc.RetryInfo")]
    [InlineData("google.rpc.QuotaFailure")]
    [InlineData("google.rpc.Status")]
    public async Task Both_reflection_versions_describe_error_details(string message)
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(Route.Direct));

        using var v1 = new ReflectionV1.ServerReflection.ServerReflectionClient(channel)
            .ServerReflectionInfo(cancellationToken: Cancellation);
        await v1.RequestStream.WriteAsync(
            new ReflectionV1.ServerReflectionRequest { FileContainingSymbol = message }, Cancellation);
        AssertDescribes((await NextAsync(v1.ResponseStream)).FileDescriptorResponse.FileDescriptorProto, message);

        using var v1Alpha = new ReflectionV1Alpha.ServerReflection.ServerReflectionClient(channel)
            .ServerReflectionInfo(cancellationToken: Cancellation);
        await v1Alpha.RequestStream.WriteAsync(
            new ReflectionV1Alpha.ServerReflectionRequest { FileContainingSymbol = message }, Cancellation);
        AssertDescribes((await NextAsync(v1Alpha.ResponseStream)).FileDescriptorResponse.FileDescriptorProto, message);
    }

    private static void AssertDescribes(IEnumerable<ByteString> files, string message) => Assert.Contains(
        message,
        files.Select(file => FileDescriptorProto.Parser.ParseFrom(file))
            .SelectMany(file => file.MessageType.Select(type => $"{file.Package}.{type.Name}")));

    private static IEnumerable<string> FileNames(IEnumerable<ByteString> files) =>
        files.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name);

    private static async Task<T> NextAsync<T>(IAsyncStreamReader<T> responses)
    {
        var next = responses.MoveNext(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.True(await next, "The stream ended.");
        return responses.Current;
    }
}
