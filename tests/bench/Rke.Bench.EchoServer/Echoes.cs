using Google.Protobuf;
using Grpc.Core;

namespace Rke.Bench.EchoServer;

/// <summary>Gives every request back.</summary>
internal sealed class Echoes(UdpRoundTrips roundTrips) : EchoService.EchoServiceBase
{
    public override Task<EchoMessage> Echo(EchoMessage request, ServerCallContext context) => Task.FromResult(request);

    public override async Task<EchoMessage> EchoOverUdp(EchoMessage request, ServerCallContext context) =>
        new() { Payload = ByteString.CopyFrom(await roundTrips.SendAsync(request.Payload.Memory)) };
}
