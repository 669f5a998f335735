using NetArchTest.Rules;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

/// <summary>
/// The core of the bridge has no I/O, clock, randomness, lock, task or log, so that a simulation can run it in virtual time.
/// </summary>
public sealed class BridgeCorePurityTests
{
    private const string Core = "Rke.UdpBridge.Core";

    private static readonly string[] Forbidden =
    [
        "Microsoft.Extensions.Logging",
        "Rke.UdpBridge.IEntropySource",
        "Rke.UdpBridge.ServerLink",
        "Rke.UdpBridge.Transports",
        "System.Diagnostics.Activity",
        "System.Diagnostics.Metrics",
        "System.IO.Stream",
        "System.Net.Sockets",
        "System.Random",
        "System.Security.Cryptography.RandomNumberGenerator",
        "System.Threading.ITimer",
        "System.Threading.Lock",
        "System.Threading.Monitor",
        "System.Threading.Tasks",
        "System.Threading.Timer",
        "System.TimeProvider",
    ];

    [Fact]
    public void The_core_of_the_bridge_has_no_IO() =>
        Assert.Empty(Bridge().That().ResideInNamespace(Core).ShouldNot().HaveDependencyOnAny(Forbidden).Names());

    [Fact]
    public void The_rule_finds_locks_sockets_and_timers() =>
        Assert.Superset(
            new HashSet<string> { "Rke.UdpBridge.ServerLink", "Rke.UdpBridge.Transports.SocketTransport" },
            Bridge().That().DoNotResideInNamespace(Core).ShouldNot().HaveDependencyOnAny(Forbidden).Names().ToHashSet());

    private static Types Bridge() => Types.InAssembly(ProductAssemblies.ByProject["Rke.UdpBridge"]);
}
