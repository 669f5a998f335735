using Grpc.Core;

namespace Rke.Bench.EchoServer;

/// <summary>Gives every request back.</summary>
internal sealed class Echoes : EchoService.EchoServiceBase
{
    public override Task<EchoMessage> Echo(EchoMessage request, ServerCallContext context) => Task.FromResult(request);
}
