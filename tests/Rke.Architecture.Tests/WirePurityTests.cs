using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class WirePurityTests
{
    [Fact]
    public void Rke_Wire_references_only_the_base_library_and_hashing() =>
        Assert.Empty(WirePurity.Violations(ProductAssemblies.ByProject["Rke.Wire"]));

    [Theory]
    [InlineData("System.Net.Sockets")]
    [InlineData("Microsoft.Extensions.Logging.Abstractions")]
    public void A_reference_to_sockets_or_logging_is_found(string assembly) =>
        Assert.Contains($"references {assembly}", WirePurity.Violations(ProductAssemblies.ByProject["Rke.UdpBridge"]));

    [Fact]
    public void Unsafe_code_is_found() =>
        Assert.Contains("is compiled with unsafe code", WirePurity.Violations(typeof(StackExchange.Redis.IDatabase).Assembly));
}
