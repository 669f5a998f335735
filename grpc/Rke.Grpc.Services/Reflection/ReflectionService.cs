using Grpc.Core;
using Grpc.Reflection.V1;
using Microsoft.Extensions.Hosting;

namespace Rke.Grpc.Services;

/// <summary><c>grpc.reflection.v1.ServerReflection</c>.</summary>
public sealed class ReflectionService(DescriptorIndex index, IHostApplicationLifetime lifetime)
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
            await responseStream.WriteAsync(conversation.Answer(requestStream.Current));
        }
    }
}
