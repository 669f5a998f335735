namespace Rke.Cli.Tests;

/// <summary>A gateway process with embedded key servers. It can signal to itself.</summary>
internal sealed class LocalGateway : IAsyncDisposable
{
    private readonly GatewayProcess _process;

    private LocalGateway(GatewayProcess process, string listener) => (_process, Listener) = (process, listener);

    /// <summary>The gRPC address.</summary>
    public string Address => _process.Grpc.GetLeftPart(UriPartial.Authority);

    /// <summary>The address that receives Signals.</summary>
    public string Listener { get; }

    /// <param name="settings">Additional configuration.</param>
    public static async Task<LocalGateway> StartAsync(IReadOnlyDictionary<string, string?>? settings = null)
    {
        var process = await GatewayProcess.StartAsync(
        [
            "--Rke:Signal:Listen=127.0.0.1:0", "--Rke:Targets:Allow=127.0.0.1",
            .. (settings ?? new Dictionary<string, string?>()).Where(setting => setting.Value is not null)
                .Select(setting => $"--{setting.Key}={setting.Value}"),
        ]);
        return new(process, await process.SignalListenerAsync());
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
