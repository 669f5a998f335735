using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Inside the gateway, only the folders that build or read datagrams use the frames and messages of Rke.Wire, only types with
/// the prefix <c>Redis</c> use the Redis client, and only the program and the demo write to the console.
/// </summary>
internal static class GatewayTypeUses
{
    private const string FoldersWithDatagrams = @"\.(Accounts|Calls|Coins|KeyServers|Sessions|Signals)(\.|$)";

    /// <summary>The types that keys and options consist of. Every folder may use them.</summary>
    private static readonly string[] Vocabulary =
        ["AuthenticityNumber", "CoinCipher", "CoinId", "KeyIdHash", "RaidaNetwork", "ResponseIv", "WireProfile"];

    private static readonly string[] FramesAndMessages = typeof(Wire.RequestFrame).Assembly.GetExportedTypes()
        .Where(type => !type.IsNested && !Vocabulary.Contains(type.Name))
        .Select(type => type.FullName!)
        .ToArray();

    public static IEnumerable<string> WireInOtherFolders(Types types) =>
        types.That().DoNotResideInNamespaceMatching(FoldersWithDatagrams)
            .ShouldNot().HaveDependencyOnAny(FramesAndMessages)
            .Names();

    public static IEnumerable<string> RedisClientOutsideRedis(Types types) =>
        types.ShouldNot().HaveDependencyOn("StackExchange.Redis")
            .Names().Where(name => !OutermostName(name).StartsWith("Redis", StringComparison.Ordinal));

    public static IEnumerable<string> ConsoleInService(Types types) =>
        types.That().DoNotResideInNamespaceMatching(@"\.(Demo|ConsoleLog)(\.|$)").And().DoNotHaveNameMatching("^(Gateway)?Program$")
            .ShouldNot().HaveDependencyOn("System.Console")
            .Names();

    /// <summary>NetArchTest writes a nested type as <c>Space.Outer/Inner</c>.</summary>
    private static string OutermostName(string type) => type.Split('/')[0].Split('.')[^1];
}
