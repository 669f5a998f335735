using NetArchTest.Rules;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Samples.Translation;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class GatewayRoomsTests
{
    public static TheoryData<Type> WireUses =>
    [
        typeof(WireInField), typeof(WireInAsyncMethod), typeof(WireInLambda), typeof(WireInLocalFunction),
        typeof(WireInIterator), typeof(WireInNestedType.Inner), typeof(WireInTypeArgument),
    ];

    [Fact]
    public void Only_translation_uses_frames_and_messages() =>
        Assert.Empty(GatewayRooms.WireOutsideTranslation(ProductAssemblies.Gateway));

    [Fact]
    public void Only_Redis_types_use_the_Redis_client() =>
        Assert.Empty(GatewayRooms.RedisClientOutsideRedis(ProductAssemblies.Gateway));

    [Fact]
    public void The_service_does_not_write_to_the_console() =>
        Assert.Empty(GatewayRooms.ConsoleInService(ProductAssemblies.Gateway));

    [Theory]
    [MemberData(nameof(WireUses))]
    public void A_wire_type_outside_translation_is_found(Type sample) =>
        Assert.Contains(sample.FullName!.Replace('+', '/'), GatewayRooms.WireOutsideTranslation(Samples()));

    [Theory]
    [InlineData(typeof(WireInTranslation))]
    [InlineData(typeof(WireVocabulary))]
    [InlineData(typeof(ConsoleInAsyncMethod))]
    public void Translation_and_vocabulary_pass(Type sample) =>
        Assert.DoesNotContain(sample.FullName, GatewayRooms.WireOutsideTranslation(Samples()));

    [Fact]
    public void A_use_of_the_Redis_client_outside_Redis_types_is_found() =>
        Assert.Equal(
            [typeof(ClientInAsyncMethod).FullName!, typeof(ClientInLambda).FullName!],
            GatewayRooms.RedisClientOutsideRedis(Samples()).Order(StringComparer.Ordinal));

    [Fact]
    public void A_use_of_the_console_in_the_service_is_found() =>
        Assert.Equal([typeof(ConsoleInAsyncMethod).FullName!], GatewayRooms.ConsoleInService(Samples()));

    private static Types Samples() => Types.InNamespace(typeof(WireInField).Namespace);
}
