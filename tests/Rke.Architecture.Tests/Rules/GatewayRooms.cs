using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Inside the gateway, only <c>Rke.Gateway.Translation</c> uses the wire's frames and messages, only types called
/// <c>Redis…</c> use the Redis client, and only what runs before or instead of the service writes to the console.
/// </summary>
internal static class GatewayRooms
{
    /// <summary>What keys and options consist of before there is a frame. Every room may use these.</summary>
    private static readonly string[] Vocabulary =
        ["AuthenticityNumber", "CoinCipher", "CoinId", "ResponseIv", "WireProfile"];

    private static readonly string[] FramesAndMessages = typeof(Wire.RequestFrame).Assembly.GetExportedTypes()
        .Where(type => !type.IsNested && !Vocabulary.Contains(type.Name))
        .Select(type => type.FullName!)
        .ToArray();

    public static IEnumerable<string> WireOutsideTranslation(Types types) =>
        types.That().DoNotResideInNamespaceMatching(@"\.Translation(\.|$)")
            .ShouldNot().HaveDependencyOnAny(FramesAndMessages)
            .Names();

    public static IEnumerable<string> RedisClientOutsideRedis(Types types) =>
        types.ShouldNot().HaveDependencyOn("StackExchange.Redis")
            .Names().Where(name => !OutermostName(name).StartsWith("Redis", StringComparison.Ordinal));

    public static IEnumerable<string> ConsoleInService(Types types) =>
        types.That().DoNotResideInNamespaceMatching(@"\.Demo(\.|$)").And().DoNotHaveNameMatching("^(Gateway)?Program$")
            .ShouldNot().HaveDependencyOn("System.Console")
            .Names();

    /// <summary>NetArchTest writes a nested type as <c>Space.Outer/Inner</c>.</summary>
    private static string OutermostName(string type) => type.Split('/')[0].Split('.')[^1];
}
