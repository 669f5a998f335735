using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>A gRPC server on a free port. The test sets its responses.</summary>
internal sealed class GatewayServer : RkeService.RkeServiceBase, IAsyncDisposable
{
    private WebApplication? _app;

    public string Address => _app!.Urls.Single();

    /// <summary>The response to each unary request.</summary>
    public Func<IMessage, ServerCallContext, Task<IMessage>> Answer { get; set; } =
        (_, _) => throw new InvalidOperationException("The test did not expect a call.");

    /// <summary>The responses to each streaming request. The call ends after the last response.</summary>
    public Func<IMessage, ServerCallContext, IAsyncEnumerable<IMessage>> Stream { get; set; } =
        (_, _) => throw new InvalidOperationException("The test did not expect a call.");

    /// <summary>The last request.</summary>
    public IMessage? Request { get; private set; }

    /// <param name="listen">Changes the endpoint. The default is HTTP/2 without TLS.</param>
    /// <param name="hasAdmin">Whether the server has RkeAdminService.</param>
    public static async Task<GatewayServer> StartAsync(Action<ListenOptions>? listen = null, bool hasAdmin = true)
    {
        var server = new GatewayServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, options =>
            {
                options.Protocols = HttpProtocols.Http2;
                listen?.Invoke(options);
            }));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(server);
        builder.Services.AddSingleton(new SessionServer(server));
        builder.Services.AddSingleton(new AdminServer(server));
        server._app = builder.Build();
        server._app.MapGrpcService<GatewayServer>();
        server._app.MapGrpcService<SessionServer>();
        if (hasAdmin)
        {
            server._app.MapGrpcService<AdminServer>();
        }

        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>An error in the format of the gateway: with google.rpc.Status in the trailers.</summary>
    public static RpcException Error(StatusCode code, string reason, string message, params IMessage[] details)
    {
        var info = new ErrorInfo { Domain = "rke.v1", Reason = reason };
        info.Metadata["raida_id"] = "14";
        var status = new Google.Rpc.Status { Code = (int)code, Message = message };
        status.Details.Add(Any.Pack(info));
        status.Details.AddRange(details.Select(Any.Pack));
        return status.ToRpcException();
    }

    public Task<RkectlRun> RunAsync(params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_GATEWAY", Address)], arguments);

    public override Task<PostKeyResponse> PostKey(PostKeyRequest request, ServerCallContext context) =>
        AnswerAsync<PostKeyResponse>(request, context);

    public override Task<GetKeyResponse> GetKey(GetKeyRequest request, ServerCallContext context) =>
        AnswerAsync<GetKeyResponse>(request, context);

    public override Task<SignalResponse> Signal(SignalRequest request, ServerCallContext context) =>
        AnswerAsync<SignalResponse>(request, context);

    public override Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context) =>
        AnswerAsync<LookupResponse>(request, context);

    /// <inheritdoc cref="AnswerAsync{T}"/>
    internal async Task StreamAsync<T>(IMessage request, IServerStreamWriter<T> writer, ServerCallContext context)
        where T : IMessage
    {
        Request = request;
        await foreach (var message in Stream(request, context))
        {
            await writer.WriteAsync((T)message, context.CancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _app!.DisposeAsync();

    /// <summary>Handles a request of either service.</summary>
    internal async Task<T> AnswerAsync<T>(IMessage request, ServerCallContext context)
        where T : IMessage
    {
        Request = request;
        return (T)await Answer(request, context);
    }
}

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

    public override Task<ListSessionsResponse> ListSessions(ListSessionsRequest request, ServerCallContext context) =>
        server.AnswerAsync<ListSessionsResponse>(request, context);

    public override Task<AcknowledgeSessionResponse> AcknowledgeSession(
        AcknowledgeSessionRequest request, ServerCallContext context) => server.AnswerAsync<AcknowledgeSessionResponse>(request, context);

    public override Task<GetSessionResponse> GetSession(GetSessionRequest request, ServerCallContext context) =>
        server.AnswerAsync<GetSessionResponse>(request, context);

    public override Task<CloseSessionResponse> CloseSession(CloseSessionRequest request, ServerCallContext context) =>
        server.AnswerAsync<CloseSessionResponse>(request, context);
}

/// <summary>The admin service of a <see cref="GatewayServer"/>.</summary>
internal sealed class AdminServer(GatewayServer server) : RkeAdminService.RkeAdminServiceBase
{
    public override Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context) =>
        server.AnswerAsync<GetStatusResponse>(request, context);

    public override Task<ListServersResponse> ListServers(ListServersRequest request, ServerCallContext context) =>
        server.AnswerAsync<ListServersResponse>(request, context);

    public override Task<ListCoinsResponse> ListCoins(ListCoinsRequest request, ServerCallContext context) =>
        server.AnswerAsync<ListCoinsResponse>(request, context);
}
