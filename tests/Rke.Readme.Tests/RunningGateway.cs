namespace Rke.Readme.Tests;

/// <summary>The gateway as a newcomer starts it: without any configuration, but on ports that are free.</summary>
public sealed class RunningGateway : IAsyncLifetime
{
    private GatewayProcess? _gateway;

    /// <summary>Host and port of the gRPC service.</summary>
    public string Address => _gateway!.Grpc.Authority;

    /// <summary>Host and port of the HTTP port.</summary>
    public string HttpAddress => _gateway!.Http.Authority;

    public async ValueTask InitializeAsync() => _gateway = await GatewayProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }
}
