using Rke.Sessions.Tests;

namespace Rke.Cli.Tests;

/// <summary>A real gateway process with key servers of its own, which signals to itself.</summary>
internal sealed class LocalGateway : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private LocalGateway(ServerProcess process, string address, string listener)
    {
        _process = process;
        Address = address;
        Listener = listener;
    }

    /// <summary>Where it serves gRPC.</summary>
    public string Address { get; }

    /// <summary>Where it receives Signals.</summary>
    public string Listener { get; }

    /// <param name="settings">More of its configuration.</param>
    public static async Task<LocalGateway> StartAsync(IReadOnlyDictionary<string, string?>? settings = null)
    {
        var process = new ServerProcess(
            "Rke.Gateway",
            [
                "--Rke:Grpc:Url=http://127.0.0.1:0", "--Rke:Http:Url=http://127.0.0.1:0",
                "--Rke:Signal:Listen=127.0.0.1:0", "--Rke:Targets:Allow=127.0.0.1",
                .. (settings ?? new Dictionary<string, string?>()).Where(setting => setting.Value is not null)
                    .Select(setting => $"--{setting.Key}={setting.Value}"),
            ]);
        var grpc = (await process.WaitForAsync("gRPC is served at (?<address>https?://[^,]+),"))[0];
        var listener = (await process.WaitForAsync(@"Signals are received at (?<address>[\d.:]+\d)"))[0];
        return new(process, grpc.Groups["address"].Value, listener.Groups["address"].Value);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
