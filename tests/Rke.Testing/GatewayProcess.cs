namespace Rke.Testing;

/// <summary>The gateway as a child process, on free ports.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly string[] FreePorts = ["--Rke:Grpc:Url=http://127.0.0.1:0", "--Rke:Http:Url=http://127.0.0.1:0"];

    private readonly ServerProcess _process;

    private GatewayProcess(ServerProcess process) => _process = process;

    public int Id => _process.Id;

    public Uri Grpc { get; private set; } = null!;

    /// <summary>The HTTP port.</summary>
    public Uri Http { get; private set; } = null!;

    /// <summary>The output so far.</summary>
    public IReadOnlyCollection<string> Lines => _process.Lines;

    /// <summary>Starts the gateway and waits until it listens.</summary>
    public static Task<GatewayProcess> StartAsync(params IEnumerable<string> arguments) =>
        StartAsync(ServerProcess.OfRepository("Rke.Gateway", [.. FreePorts, .. arguments]));

    /// <summary>Starts the gateway with its own file of host names. See <see cref="HostNames"/>.</summary>
    public static Task<GatewayProcess> StartAsync(HostNames names, params IEnumerable<string> arguments) =>
        StartAsync(names.Start("Rke.Gateway", [.. FreePorts, .. arguments]));

    /// <summary>Starts the gateway with additional environment variables, and waits until it listens.</summary>
    public static Task<GatewayProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments) =>
        StartAsync(ServerProcess.OfRepository("Rke.Gateway", [.. FreePorts, .. arguments], environment));

    /// <summary>Waits until the gateway has logged the address of its listener for Signals, and returns the address.</summary>
    public Task<string> SignalListenerAsync() => FindAsync(@"The gateway receives Signals at (?<found>[\d.:]+\d)");

    /// <summary>Waits until the gateway has logged the address of its HTTP port, and returns the address.</summary>
    public Task<string> HttpAsync() => FindAsync(@"health and metrics at (?<found>http://[\d.:]+\d)");

    /// <summary>Waits until the gateway has logged the address of its KME port, and returns the address.</summary>
    public async Task<Uri> KmeAsync() => new(await FindAsync(@"The gateway is the KME \S+ at (?<found>https://[\d.:]+\d)"));

    /// <summary>Sends SIGTERM, as Kubernetes does.</summary>
    public void Terminate() => _process.Signal("TERM");

    /// <summary>Waits until the process has ended, and returns its exit code.</summary>
    public Task<int> WaitAsync() => _process.WaitForExitAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<GatewayProcess> StartAsync(ServerProcess process)
    {
        var gateway = new GatewayProcess(process);
        try
        {
            gateway.Grpc = new(await gateway.FindAsync("The gateway serves gRPC at (?<found>https?://[0-9.:]+)"));
            gateway.Http = new(await gateway.FindAsync("health and metrics at (?<found>http://[0-9.:]+[0-9])"));
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    private async Task<string> FindAsync(string pattern) =>
        (await _process.WaitForAsync(pattern))[0].Groups["found"].Value;
}
