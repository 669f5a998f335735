using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Grpc.Reflection.V1;
using V1Alpha = Grpc.Reflection.V1Alpha;

namespace Rke.Grpc.Interop.Tests;

/// <summary>Both versions of reflection over a real connection: several questions on one stream.</summary>
public sealed class ReflectionTests(InteropEnvironment environment)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task V1_answers_in_order()
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(Route.Direct));
        using var call = new V1.ServerReflection.ServerReflectionClient(channel)
            .ServerReflectionInfo(cancellationToken: Cancellation);

        await call.RequestStream.WriteAsync(new V1.ServerReflectionRequest { ListServices = "*" }, Cancellation);
        var list = await NextAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(
            new V1.ServerReflectionRequest { FileContainingSymbol = "grpc.testing.TestService" }, Cancellation);
        var file = await NextAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(
            new V1.ServerReflectionRequest { FileContainingSymbol = "no.Such" }, Cancellation);
        var error = await NextAsync(call.ResponseStream);
        await call.RequestStream.CompleteAsync();

        Assert.Equal(4, list.ListServicesResponse.Service.Count);
        Assert.Equal(
            ["test.proto", "empty.proto", "messages.proto"],
            FileNames(file.FileDescriptorResponse.FileDescriptorProto));
        Assert.Equal((int)StatusCode.NotFound, error.ErrorResponse.ErrorCode);
        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
    }

    [Fact]
    public async Task V1alpha_answers_as_v1_does()
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(Route.Direct));
        using var call = new V1Alpha.ServerReflection.ServerReflectionClient(channel)
            .ServerReflectionInfo(cancellationToken: Cancellation);

        var question = new V1Alpha.ServerReflectionRequest { FileContainingSymbol = "grpc.testing.TestService" };
        await call.RequestStream.WriteAsync(question, Cancellation);
        var file = await NextAsync(call.ResponseStream);
        await call.RequestStream.CompleteAsync();

        Assert.Equal(question, file.OriginalRequest);
        Assert.Equal(
            ["test.proto", "empty.proto", "messages.proto"],
            FileNames(file.FileDescriptorResponse.FileDescriptorProto));
    }

    private static IEnumerable<string> FileNames(IEnumerable<ByteString> files) =>
        files.Select(file => Path.GetFileName(FileDescriptorProto.Parser.ParseFrom(file).Name));

    private static async Task<T> NextAsync<T>(IAsyncStreamReader<T> responses)
    {
        var next = responses.MoveNext(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.True(await next, "The stream ended.");
        return responses.Current;
    }
}
