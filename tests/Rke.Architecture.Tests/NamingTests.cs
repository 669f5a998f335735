using NetArchTest.Rules;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class NamingTests
{
    [Fact]
    public void Type_names_are_specific() =>
        Assert.Empty(Naming.Violations(Types.InAssemblies(ProductAssemblies.ByProject.Values)));

    [Fact]
    public void File_names_are_specific() =>
        Assert.Empty(Naming.Violations(Repository.Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal))));

    [Fact]
    public void An_unspecific_type_name_is_found() =>
        Assert.Equal(
            ["BridgeImpl`1", "ByteUtil", "CoinManager", "IKeyHelpers", "KeyUtilities"],
            Naming.Violations(Types.InNamespace(typeof(CoinManager).Namespace))
                .Select(name => name.Split('.', '/', '+')[^1]).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("gateway/StringHelpers.cs", 1)]
    [InlineData("tests/CoinManager.cs", 1)]
    [InlineData("gateway/Implicit.cs", 0)]
    public void An_unspecific_file_name_is_found(string path, int violations) =>
        Assert.Equal(violations, Naming.Violations([path]).Count());
}
