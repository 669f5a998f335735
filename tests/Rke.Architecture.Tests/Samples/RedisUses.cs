using StackExchange.Redis;

namespace Rke.Architecture.Tests.Samples;

internal sealed class ClientInAsyncMethod
{
    public static async Task<string?> RunAsync(Func<Task<object>> source) =>
        await source() is IDatabase database ? await database.StringGetAsync("key") : default(string?);
}

internal sealed class ClientInLambda
{
    public Func<object, bool> Test { get; } = value => value is IDatabase;
}

/// <summary>Uses the Redis client in a type that can use it, and in its nested type.</summary>
internal sealed class RedisUse(IDatabase database)
{
    public IDatabase Database => database;

    internal sealed class Lane(IDatabase database)
    {
        public IDatabase Database => database;
    }
}
