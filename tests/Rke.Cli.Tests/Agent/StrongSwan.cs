namespace Rke.Cli.Tests.Agent;

/// <summary>charon of strongSwan in the namespace of one side, with a connection that requires a PPK.</summary>
internal sealed class StrongSwan : IAsyncDisposable
{
    private readonly AgentSide _side;
    private readonly ServerProcess _charon;
    private readonly string _folder;

    private StrongSwan(AgentSide side, ServerProcess charon, string folder) => (_side, _charon, _folder) = (side, charon, folder);

    /// <summary>The path of the control socket.</summary>
    public string Socket => Path.Combine(_folder, "vici");

    public static async Task<StrongSwan> StartAsync(AgentPrograms programs, AgentSide side, AgentSide other)
    {
        var folder = Directory.CreateDirectory(programs[$"strongswan-{side.Name}"]).FullName;
        var settings = Path.Combine(folder, "strongswan.conf");
        await File.WriteAllTextAsync(
            settings,
            $$"""
            charon-systemd {
              load = random nonce openssl aes sha1 sha2 hmac kdf gmp kernel-netlink socket-default vici
              filelog {
                stderr {
                  default = 1
                }
              }
              retransmit_tries = 1
              retransmit_timeout = 1
              plugins {
                vici {
                  socket = unix://{{folder}}/vici
                }
              }
            }
            """);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "swanctl.conf"),
            $$"""
            connections {
              peer {
                version = 2
                local_addrs = {{side.Address}}
                remote_addrs = {{other.Address}}
                ppk_id = rke
                ppk_required = yes
                childless = force
                local {
                  auth = psk
                  id = {{side.Name}}
                }
                remote {
                  auth = psk
                  id = {{other.Name}}
                }
              }
            }
            secrets {
              ike-peer {
                secret = "the classical secret"
              }
            }
            """);
        var charon = new ServerProcess(
            "ip", ["netns", "exec", side.Namespace, "charon-systemd"], [KeyValuePair.Create("STRONGSWAN_CONF", settings)]);
        var swan = new StrongSwan(side, charon, folder);
        await charon.UntilAsync(async () => (await swan.SwanctlAsync("--load-all", "--file", Path.Combine(folder, "swanctl.conf"))).ExitCode == 0);
        return swan;
    }

    public Task<ToolRun> InitiateAsync() => SwanctlAsync("--initiate", "--ike", "peer", "--timeout", "10");

    public Task<ToolRun> TerminateAsync() => SwanctlAsync("--terminate", "--ike", "peer", "--timeout", "5");

    public async Task LoadWrongKeyAsync()
    {
        var wrong = new StrongSwanDestination(Socket, "rke");
        await wrong.ApplyAsync(new(new(new string('0', 32), new byte[32], [], [], []), []), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _charon.DisposeAsync();

    public override string ToString() => _charon.ToString();

    private Task<ToolRun> SwanctlAsync(params IEnumerable<string> arguments) => ToolRun.RunAsync(
        "ip", ["netns", "exec", _side.Namespace, "swanctl", .. arguments, "--uri", $"unix://{Socket}"]);
}
