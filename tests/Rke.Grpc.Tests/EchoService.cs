using Grpc.Core;

namespace Rke.Grpc.Tests;

/// <summary>Does what a test tells it to do; echoes unless told otherwise.</summary>
public sealed class EchoService : Echo.EchoBase
{
    public UnaryServerMethod<Message, Message> OnUnary { get; set; } = (request, _) => Task.FromResult(request);

    public ClientStreamingServerMethod<Message, Message> OnClientStreaming { get; set; } = async (requests, _) =>
    {
        var all = new Message();
        await foreach (var request in requests.ReadAllAsync())
        {
            all.Text += request.Text;
        }

        return all;
    };

    public ServerStreamingServerMethod<Message, Message> OnServerStreaming { get; set; } =
        async (request, responses, _) =>
        {
            foreach (var letter in request.Text)
            {
                await responses.WriteAsync(new Message { Text = letter.ToString() });
            }
        };

    public DuplexStreamingServerMethod<Message, Message> OnDuplexStreaming { get; set; } =
        async (requests, responses, _) =>
        {
            await foreach (var request in requests.ReadAllAsync())
            {
                await responses.WriteAsync(request);
            }
        };

    public override Task<Message> Unary(Message request, ServerCallContext context) => OnUnary(request, context);

    public override Task<Message> ClientStreaming(
        IAsyncStreamReader<Message> requestStream, ServerCallContext context) =>
        OnClientStreaming(requestStream, context);

    public override Task ServerStreaming(
        Message request, IServerStreamWriter<Message> responseStream, ServerCallContext context) =>
        OnServerStreaming(request, responseStream, context);

    public override Task DuplexStreaming(
        IAsyncStreamReader<Message> requestStream,
        IServerStreamWriter<Message> responseStream,
        ServerCallContext context) => OnDuplexStreaming(requestStream, responseStream, context);
}
