using System.Globalization;
using Rke.Gateway.Redis;
using StackExchange.Redis;

namespace Rke.Model.Tests.Scripts;

/// <summary>A real Redis that runs the scripts of the gateway in given states, at given times (harness.lua).</summary>
public sealed class ScriptLab : IAsyncLifetime
{
    private const int AtOnce = 256;

    private static readonly string Harness = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scripts", "harness.lua"));

    private RedisServerProcess? _server;
    private ConnectionMultiplexer? _connection;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServerProcess.StartAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync($"{_server.Endpoint},syncTimeout=60000,asyncTimeout=60000");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection!.DisposeAsync();
        await _server!.DisposeAsync();
    }

    /// <summary>Runs all cases, and returns descriptions of those in which the script differs from the model.</summary>
    internal async Task<IReadOnlyList<string>> FindDifferencesAsync(IEnumerable<ScriptCase> cases)
    {
        var differences = new List<string>();
        foreach (var some in cases.Chunk(AtOnce))
        {
            var results = await Task.WhenAll(some.Select(RunAsync));
            foreach (var (expected, (reply, state)) in some.Zip(results))
            {
                if (reply != expected.Reply || state != TextOf(expected.After))
                {
                    differences.Add($"""
                        {expected.Script.Name} {string.Join(' ', expected.Keys)} | {string.Join(' ', expected.Values)} at {expected.Now}
                        in {TextOf(expected.Before)}
                        the model replies {expected.Reply}
                        the script replies {reply}
                        the model leaves {TextOf(expected.After)}
                        the script leaves {state}
                        """);
                }
            }
        }

        return differences;
    }

    private async Task<(string Reply, string State)> RunAsync(ScriptCase given)
    {
        List<RedisValue> values = [Text(given.Now), given.RunId, given.ReplicationId, given.Before.Count];
        foreach (var key in given.Before)
        {
            values.AddRange([key.Name, key.Kind, Text(key.Expires), key.Items.Length]);
            values.AddRange(key.Items.Select(item => (RedisValue)item));
        }

        values.Add(given.Keys.Length);
        values.AddRange(given.Keys.Select(key => (RedisValue)key));
        values.AddRange(given.Values.Select(value => (RedisValue)value));
        var script = Harness.Replace("SCRIPT\n", given.Script.Text + "\n", StringComparison.Ordinal);
        var result = (RedisResult[])(await _connection!.GetDatabase().ScriptEvaluateAsync(script, [], [.. values]))!;
        var state = ((RedisResult[])result[1]!).Select(key =>
        {
            var parts = (string[])key!;
            return new RedisKeyState(parts[0], parts[1], long.Parse(parts[2], CultureInfo.InvariantCulture), parts[3..]);
        });
        return (TextOf(result[0]), TextOf([.. state]));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string TextOf(RedisResult reply) => reply.IsNull ? "nil"
        : reply.Length >= 0 ? $"[{string.Join(' ', ((RedisResult[])reply!).Select(TextOf))}]"
        : (string)reply!;

    private static string TextOf(IReadOnlyCollection<RedisKeyState> keys) =>
        string.Join("; ", keys.OrderBy(key => key.Name, StringComparer.Ordinal).Select(key => key.ToText()));
}

/// <summary>A call of a script: the state and the arguments, and the reply and the state that the model predicts.</summary>
internal sealed record ScriptCase(
    RedisScript Script,
    long Now,
    IReadOnlyCollection<RedisKeyState> Before,
    string[] Keys,
    string[] Values,
    string Reply,
    IReadOnlyCollection<RedisKeyState> After)
{
    public string RunId { get; init; } = "";

    public string ReplicationId { get; init; } = "";
}

/// <summary>A key in Redis.</summary>
/// <param name="Kind">hash, zset, list or string.</param>
/// <param name="Expires">The time of expiry, ms; 0 or -1 for none.</param>
/// <param name="Items">Fields and values, members and scores, or the value.</param>
internal sealed record RedisKeyState(string Name, string Kind, long Expires, params string[] Items)
{
    public string ToText()
    {
        var items = Kind == "hash"
            ? Items.Chunk(2).OrderBy(pair => pair[0], StringComparer.Ordinal).SelectMany(pair => pair)
            : Items;
        return $"{Name} {string.Join(' ', items)} until {Math.Max(Expires, 0)}";
    }
}
