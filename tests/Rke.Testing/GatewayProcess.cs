namespace Rke.Testing;

/// <summary>The gateway as a process of its own, on free ports.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private GatewayProcess(IEnumerable<string> arguments) => _process = ServerProcess.OfRepository(
        "Rke.Gateway", ["--Rke:Grpc:Url=http://127.0.0.1:0", "--Rke:Http:Url=http://127.0.0.1:0", .. arguments]);

    public Uri Grpc { get; private set; } = null!;

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyCollection<string> Lines => _process.Lines;

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<GatewayProcess> StartAsync(params IEnumerable<string> arguments)
    {
        var gateway = new GatewayProcess(arguments);
        try
        {
            gateway.Grpc = new(await gateway.FindAsync("gRPC is served at (?<found>https?://[0-9.:]+)"));
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it has printed where it receives Signals, and returns the address.</summary>
    public Task<string> SignalListenerAsync() => FindAsync(@"Signals are received at (?<found>[\d.:]+\d)");

    /// <summary>Sends SIGTERM, as Kubernetes does.</summary>
    public void Terminate() => _process.Signal("TERM");

    /// <summary>Waits until it has ended, and returns its exit code.</summary>
    public Task<int> WaitAsync() => _process.WaitForExitAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<string> FindAsync(string pattern) =>
        (await _process.WaitForAsync(pattern))[0].Groups["found"].Value;
}
