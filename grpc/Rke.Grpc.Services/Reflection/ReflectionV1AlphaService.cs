using Google.Protobuf;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;
using Microsoft.Extensions.Hosting;
using V1Request = Grpc.Reflection.V1.ServerReflectionRequest;

namespace Rke.Grpc.Services;

/// <summary>
/// <c>grpc.reflection.v1alpha.ServerReflection</c>: v1's messages under other names and with the same bytes, so the
/// bytes are what is carried over.
/// </summary>
public sealed class ReflectionV1AlphaService(DescriptorIndex index, IHostApplicationLifetime lifetime)
    : ServerReflection.ServerReflectionBase
{
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(requestStream);
        ArgumentNullException.ThrowIfNull(responseStream);
        ArgumentNullException.ThrowIfNull(context);
        var conversation = new ReflectionConversation(index);
        using var turns = new ReflectionTurns(context, lifetime);
        while (await turns.WaitAsync(requestStream))
        {
            var question = V1Request.Parser.ParseFrom(requestStream.Current.ToByteString());
            var answer = conversation.Answer(question);
            await responseStream.WriteAsync(ServerReflectionResponse.Parser.ParseFrom(answer.ToByteString()));
        }
    }
}
