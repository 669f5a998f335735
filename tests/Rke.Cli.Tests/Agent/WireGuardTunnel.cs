namespace Rke.Cli.Tests.Agent;

/// <summary>A WireGuard tunnel between the two computers, with wireguard-go.</summary>
internal sealed class WireGuardTunnel : IAsyncDisposable
{
    public static readonly string ReceiverAddress = $"{AgentPrograms.Prefix}.4.2";

    private static readonly string InitiatorAddress = $"{AgentPrograms.Prefix}.4.1";
    private const int Port = 51820;

    private readonly AgentPrograms _programs;
    private readonly List<ServerProcess> _processes = [];
    private readonly Dictionary<AgentSide, string> _publicKeys = [];

    private WireGuardTunnel(AgentPrograms programs) => _programs = programs;

    public static async Task<WireGuardTunnel> StartAsync(AgentPrograms programs)
    {
        var tunnel = new WireGuardTunnel(programs);
        var privateKeys = new Dictionary<AgentSide, string>();
        foreach (var side in new[] { programs.Initiator, programs.Receiver })
        {
            privateKeys[side] = await ToolRun.OutputAsync("wg", ["genkey"]);
            tunnel._publicKeys[side] = (await ToolRun.OutputAsync("wg", ["pubkey"], privateKeys[side])).Trim();
        }

        foreach (var side in new[] { programs.Initiator, programs.Receiver })
        {
            var process = AgentPrograms.Start(side, "wireguard-go", "--foreground", InterfaceOf(side));
            tunnel._processes.Add(process);
            var file = programs[$"wireguard-{side.Name}.conf"];
            var other = side == programs.Initiator ? programs.Receiver : programs.Initiator;
            await File.WriteAllTextAsync(
                file,
                $"""
                [Interface]
                PrivateKey = {privateKeys[side].Trim()}
                ListenPort = {Port}
                [Peer]
                PublicKey = {tunnel._publicKeys[other]}
                Endpoint = {other.Address}:{Port}
                AllowedIPs = {tunnel.AddressOf(other)}/32
                """);
            await process.UntilAsync(async () => (await AgentPrograms.RunAsync(side, "wg", "setconf", InterfaceOf(side), file)).ExitCode == 0);
            await AgentPrograms.IpAsync($"-n {side.Namespace} address add {tunnel.AddressOf(side)}/24 dev {InterfaceOf(side)}");
            await AgentPrograms.IpAsync($"-n {side.Namespace} link set {InterfaceOf(side)} up");
        }

        return tunnel;
    }

    public static string InterfaceOf(AgentSide side) => $"rkw{side.Name}{Environment.ProcessId}";

    /// <summary>The public key of the other end.</summary>
    public string PeerOf(AgentSide side) => _publicKeys[side == _programs.Initiator ? _programs.Receiver : _programs.Initiator];

    public static async Task<string> KeyOfAsync(AgentSide side) =>
        (await AgentPrograms.RunAsync(side, "wg", "show", InterfaceOf(side), "preshared-keys")).Output.Split('\t')[1].Trim();

    public async Task SetKeyAsync(AgentSide side, string key) => await ToolRun.OutputAsync(
        "ip", ["netns", "exec", side.Namespace, "wg", "set", InterfaceOf(side), "peer", PeerOf(side), "preshared-key", "/dev/stdin"], key);

    /// <summary>Ends the session of the initiator, and tries to make a new one with the current keys.</summary>
    public async Task<bool> CanHandshakeAsync(TimeSpan within)
    {
        var side = _programs.Initiator;
        var key = await KeyOfAsync(side);
        string[] wg = ["netns", "exec", side.Namespace, "wg", "set", InterfaceOf(side), "peer", PeerOf(side)];
        await ToolRun.OutputAsync("ip", [.. wg, "remove"]);
        await ToolRun.OutputAsync(
            "ip",
            [.. wg, "preshared-key", "/dev/stdin", "endpoint", $"{_programs.Receiver.Address}:{Port}", "allowed-ips", $"{ReceiverAddress}/32"],
            key);
        return (await AgentPrograms.RunAsync(side, "ping", "-c", "1", "-i", "0.2", "-w", $"{within.TotalSeconds:0}", ReceiverAddress)).ExitCode == 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private string AddressOf(AgentSide side) => side == _programs.Initiator ? InitiatorAddress : ReceiverAddress;
}
