using NetArchTest.Rules;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Samples.Calls;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class GatewayTypeUsesTests
{
    public static TheoryData<Type> WireUses =>
    [
        typeof(WireInField), typeof(WireInAsyncMethod), typeof(WireInLambda), typeof(WireInLocalFunction),
        typeof(WireInIterator), typeof(WireInNestedType.Inner), typeof(WireInTypeArgument),
    ];

    [Fact]
    public void Only_the_folders_with_datagrams_use_frames_and_messages() =>
        Assert.Empty(GatewayTypeUses.WireInOtherFolders(ProductAssemblies.Gateway));

    [Fact]
    public void Only_Redis_types_use_the_Redis_client() =>
        Assert.Empty(GatewayTypeUses.RedisClientOutsideRedis(ProductAssemblies.Gateway));

    [Fact]
    public void The_service_does_not_write_to_the_console() =>
        Assert.Empty(GatewayTypeUses.ConsoleInService(ProductAssemblies.Gateway));

    [Theory]
    [MemberData(nameof(WireUses))]
    public void A_wire_type_in_another_folder_is_found(Type sample) =>
        Assert.Contains(sample.FullName!.Replace('+', '/'), GatewayTypeUses.WireInOtherFolders(Samples()));

    [Theory]
    [InlineData(typeof(WireInCalls))]
    [InlineData(typeof(WireVocabulary))]
    [InlineData(typeof(ConsoleInAsyncMethod))]
    public void A_folder_with_datagrams_and_the_types_of_keys_pass(Type sample) =>
        Assert.DoesNotContain(sample.FullName, GatewayTypeUses.WireInOtherFolders(Samples()));

    [Fact]
    public void A_use_of_the_Redis_client_outside_Redis_types_is_found() =>
        Assert.Equal(
            [typeof(ClientInAsyncMethod).FullName!, typeof(ClientInLambda).FullName!],
            GatewayTypeUses.RedisClientOutsideRedis(Samples()).Order(StringComparer.Ordinal));

    [Fact]
    public void A_use_of_the_console_in_the_service_is_found() =>
        Assert.Equal([typeof(ConsoleInAsyncMethod).FullName!], GatewayTypeUses.ConsoleInService(Samples()));

    private static Types Samples() => Types.InNamespace(typeof(WireInField).Namespace);
}
