using Grpc.Core;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>The session service of a <see cref="GatewayServer"/>.</summary>
internal sealed class SessionServer(GatewayServer server) : RkeSessionService.RkeSessionServiceBase
{
    public override Task InitiateSessionStream(
        InitiateSessionStreamRequest request,
        IServerStreamWriter<InitiateSessionStreamResponse> responseStream,
        ServerCallContext context) => server.StreamAsync(request, responseStream, context);

    public override Task WatchSessions(
        WatchSessionsRequest request, IServerStreamWriter<WatchSessionsResponse> responseStream, ServerCallContext context) =>
        server.StreamAsync(request, responseStream, context);

    public override Task<ClaimSessionResponse> ClaimSession(ClaimSessionRequest request, ServerCallContext context) =>
        server.AnswerAsync<ClaimSessionResponse>(request, context);

    public override Task<GetSessionResponse> GetSession(GetSessionRequest request, ServerCallContext context) =>
        server.AnswerAsync<GetSessionResponse>(request, context);

    public override Task<CloseSessionResponse> CloseSession(CloseSessionRequest request, ServerCallContext context) =>
        server.AnswerAsync<CloseSessionResponse>(request, context);
}
