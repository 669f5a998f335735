using System.Text.Json;
using System.Text.Json.Nodes;
using Rke.Wire;

namespace Rke.Cli.Tests.Agent;

/// <summary>
/// Two computers, each a network namespace with an agent, and the two gateways and the key servers that they use. The programs that get the
/// keys run in the namespaces.
/// </summary>
public sealed class AgentPrograms : IAsyncLifetime
{
    /// <summary>The start of all addresses. Another run can have namespaces too.</summary>
    internal static readonly string Prefix = $"10.{64 + (Environment.ProcessId % 128)}";

    /// <summary>The address of the metrics of both agents, each in its own namespace.</summary>
    internal const string Metrics = "0.0.0.0:9465";

    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _started = [];

    internal AgentSide Initiator { get; } = new("a", $"{Prefix}.1", $"{Prefix}.3.1");

    internal AgentSide Receiver { get; } = new("b", $"{Prefix}.2", $"{Prefix}.3.2");

    /// <summary>The path of a file or a folder for the programs.</summary>
    internal string this[string name] => _folder[name];

    public async ValueTask InitializeAsync()
    {
        await Initiator.MakeAsync();
        await Receiver.MakeAsync();
        await IpAsync($"link add {Initiator.Link} netns {Initiator.Namespace} type veth peer name {Receiver.Link} netns {Receiver.Namespace}");
        foreach (var side in new[] { Initiator, Receiver })
        {
            await IpAsync($"-n {side.Namespace} address add {side.Address}/24 dev {side.Link}");
            await IpAsync($"-n {side.Namespace} link set {side.Link} up");
        }

        var network = await TestNetwork.StartAsync(coins: 40);
        _started.Add(network);
        var first = await StartGatewayAsync(network, Initiator, network.Coins.Take(20), "1020-1039", other: null);
        var listener = await first.SignalListenerAsync();
        var second = await StartGatewayAsync(network, Receiver, network.Coins.Skip(20), "1000-1019", listener);
        (Initiator.OtherEnd, Receiver.OtherEnd) = (await second.SignalListenerAsync(), listener);
    }

    /// <summary>Starts the agents of both ends with the same kinds of destinations.</summary>
    internal async Task<AgentRun> StartAgentsAsync(Func<AgentSide, JsonArray> destinations, string interval = "1h")
    {
        var run = new AgentRun(this);
        foreach (var side in new[] { Initiator, Receiver })
        {
            var folder = Directory.CreateTempSubdirectory("rke-agent-").FullName;
            var file = Path.Combine(folder, "agent.json");
            await File.WriteAllTextAsync(file, new JsonObject
            {
                ["stateFolder"] = Path.Combine(folder, "state"),
                ["metrics"] = Metrics,
                ["peers"] = new JsonObject
                {
                    ["other"] = new JsonObject
                    {
                        ["role"] = side == Initiator ? "initiator" : "receiver",
                        ["otherEnd"] = side.OtherEnd,
                        ["interval"] = interval,
                        ["destinations"] = destinations(side),
                    },
                },
            }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
            run.Files[side] = file;
        }

        try
        {
            await run.StartAsync(Receiver);
            await run.StartAsync(Initiator);
            await run.UntilChangedAsync(1);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a program in the namespace of a side.</summary>
    internal static ServerProcess Start(AgentSide side, string program, params IEnumerable<string> arguments) =>
        new("ip", ["netns", "exec", side.Namespace, program, .. arguments]);

    /// <summary>Runs a program in the namespace of a side to its end.</summary>
    internal static Task<ToolRun> RunAsync(AgentSide side, string program, params IEnumerable<string> arguments) =>
        ToolRun.RunAsync("ip", ["netns", "exec", side.Namespace, program, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        foreach (var started in Enumerable.Reverse(_started))
        {
            await started.DisposeAsync();
        }

        await ToolRun.RunAsync("ip", ["netns", "delete", Initiator.Namespace]);
        await ToolRun.RunAsync("ip", ["netns", "delete", Receiver.Namespace]);
        _folder.Dispose();
    }

    internal static Task IpAsync(string arguments) => ToolRun.OutputAsync("ip", arguments.Split(' '));

    private async Task<GatewayProcess> StartGatewayAsync(
        TestNetwork network, AgentSide side, IEnumerable<CoinKeys> coins, string otherCoins, string? other)
    {
        var keys = Directory.CreateDirectory(_folder[$"coins-{side.Name}"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(keys, "coins.bin"), KeyFile.WriteFormat9(TestNetwork.Id, [.. coins]));
        var settings = network.Settings();
        settings["Rke:Keys:Path"] = keys;
        settings["Rke:Grpc:Url"] = $"http://{side.Gateway}:0";
        settings["Rke:Signal:Listen"] = "127.0.0.1:0";
        settings["Rke:Targets:Allow"] = "127.0.0.1";
        settings["Rke:Peers:0:Name"] = "other";
        settings["Rke:Peers:0:Coins"] = otherCoins;
        settings["Rke:Coins:PerCoin"] = null;
        var gateway = await GatewayProcess.StartAsync(
            settings.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Key}={setting.Value}"));
        _started.Add(gateway);
        side.GatewayUrl = gateway.Grpc.GetLeftPart(UriPartial.Authority);
        return gateway;
    }
}

/// <summary>One of the two computers.</summary>
internal sealed record AgentSide(string Name, string Subnet, string Address)
{
    /// <summary>The name of the network namespace.</summary>
    public string Namespace { get; } = $"rke-{Name}-{Environment.ProcessId}";

    /// <summary>The interface to the other computer.</summary>
    public string Link { get; } = $"rk{Name}{Environment.ProcessId}";

    /// <summary>The address of the computer with the gateways.</summary>
    public string Gateway => $"{Subnet}.1";

    public string GatewayUrl { get; set; } = "";

    /// <summary>The signalling service of the other end.</summary>
    public string OtherEnd { get; set; } = "";

    public async Task MakeAsync()
    {
        var (outer, inner) = ($"rko{Name}{Environment.ProcessId}", $"rki{Name}{Environment.ProcessId}");
        await AgentPrograms.IpAsync($"netns add {Namespace}");
        await AgentPrograms.IpAsync($"link add {outer} type veth peer name {inner} netns {Namespace}");
        await AgentPrograms.IpAsync($"address add {Subnet}.1/24 dev {outer}");
        await AgentPrograms.IpAsync($"link set {outer} up");
        await AgentPrograms.IpAsync($"-n {Namespace} link set lo up");
        await AgentPrograms.IpAsync($"-n {Namespace} address add {Subnet}.2/24 dev {inner}");
        await AgentPrograms.IpAsync($"-n {Namespace} link set {inner} up");
    }
}

/// <summary>The agents of both ends.</summary>
internal sealed class AgentRun(AgentPrograms programs) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<AgentSide, ServerProcess> _agents = [];

    public Dictionary<AgentSide, string> Files { get; } = [];

    public async Task StartAsync(AgentSide side) => _agents[side] = AgentPrograms.Start(
        side, await Rkectl.ProgramAsync(), "agent", "run", "--file", Files[side], "--gateway", side.GatewayUrl);

    /// <summary>Ends the agent of one end without a warning.</summary>
    public Task KillAsync(AgentSide side) => _agents[side].KillAsync();

    /// <summary>Sends SIGTERM to the agent of one end, and returns its exit code.</summary>
    public Task<int> StopAsync(AgentSide side)
    {
        _agents[side].Signal("TERM");
        return _agents[side].WaitForExitAsync();
    }

    /// <summary>Makes a new key, and waits until both ends use it.</summary>
    public async Task<string> RotateAsync()
    {
        var changes = (long)(await StatusAsync(programs.Initiator))["changes"]!;
        _agents[programs.Initiator].Signal("HUP");
        return await UntilChangedAsync(changes + 1);
    }

    /// <summary>Waits until both ends have changed the key so often, and returns the id of the key.</summary>
    public async Task<string> UntilChangedAsync(long changes)
    {
        JsonNode[] states = [];
        string[] keys = [];
        try
        {
            await _agents[programs.Initiator].UntilAsync(
                async () =>
                {
                    states = [await StatusAsync(programs.Initiator), await StatusAsync(programs.Receiver)];
                    keys = [.. states.Select(state => (string?)state["key_id"] ?? "").Distinct()];
                    return keys is [{ Length: > 0 }]
                        && states.All(state => (bool)state["applied_at_both_ends"]!)
                        && (long)states[0]["changes"]! >= changes;
                },
                Patience);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The ends do not have {changes} changes: {string.Join('\n', states.Select(state => state.ToJsonString()))}\n{this}");
        }

        return keys[0];
    }

    public async Task<JsonNode> StatusAsync(AgentSide side)
    {
        var status = await Rkectl.RunAsync("agent", "status", "--file", Files[side], "--json");
        return JsonNode.Parse(status.Out)!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents.Values)
        {
            await agent.DisposeAsync();
        }
    }

    public override string ToString() => string.Join("\n\n", _agents.Values);
}
