using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rke.Model.Tests.Scripts;

namespace Rke.Model.Tests.Sessions;

/// <summary>The keys of gateway/Sessions/Store/RedisSessionStore.cs, and the state of the model as keys.</summary>
internal static class SessionKeys
{
    public const string Numbers = Prefix + "n";

    public const string Peer = "shop";

    private const string Prefix = "rke:{s}:";

    public static string IdOf(int session) => session.ToString("x32", CultureInfo.InvariantCulture);

    public static string TicketOf(int ticket) => ticket.ToString("x16", CultureInfo.InvariantCulture);

    public static string ConsumerOf(int consumer) => consumer.ToString("x32", CultureInfo.InvariantCulture);

    public static string DataOf(int session) => $"session {session}";

    public static string SealedKeyOf(int session) => $"key {session}";

    public static string RunIdOf(RedisProcess process) => process.Run == 0 ? "" : process.Run.ToString("x40", CultureInfo.InvariantCulture);

    public static string ReplicationIdOf(RedisProcess process) =>
        process.Replication == 0 ? "" : process.Replication.ToString("x40", CultureInfo.InvariantCulture);

    public static string EpochOf(SessionEpoch epoch)
    {
        if (epoch == default)
        {
            return "";
        }

        var process = RunIdOf(epoch.Process) + ReplicationIdOf(epoch.Process);
        var text = $"{process}{Text(epoch.Began / 1_000_000)}.{Text(epoch.Began % 1_000_000)}";
#pragma warning disable CA5350 // The script uses SHA-1 to name an epoch, not to protect it.
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)))[..16];
#pragma warning restore CA5350
    }

    public static IReadOnlyCollection<RedisKeyState> Of(SessionRedis redis)
    {
        var keys = new List<RedisKeyState>();
        if (redis.Process != default)
        {
            string[] last = redis.Last == 0 ? [] : ["last", Text(redis.Last)];
            keys.Add(new(Numbers, "hash", 0, [
                "at", RunIdOf(redis.Process) + ReplicationIdOf(redis.Process), "life", EpochOf(redis.Epoch), .. last,
            ]));
        }

        if (redis.HighestMissed >= 0)
        {
            keys.Add(new(Prefix + "m", "hash", 0, [Peer, Text(redis.HighestMissed)]));
        }

        for (var session = 0; session < redis.Sessions.Length; session++)
        {
            var (number, state, epoch, ends, ticket, lease, expires) = redis.Sessions[session];
            if (state != SessionState.None)
            {
                string[] claim = ticket < 0 ? [] : ["ticket", TicketOf(ticket), "lease", Text(lease)];
                keys.Add(new(Prefix + "s:" + IdOf(session), "hash", expires, [
                    "number", Text(number), "state", Text((int)state), "data", DataOf(session), "life", EpochOf(epoch),
                    "ends", Text(ends), .. claim,
                ]));
            }

            if (redis.Keys[session] != 0)
            {
                keys.Add(new(Prefix + "k:" + IdOf(session), "string", redis.Keys[session], SealedKeyOf(session)));
            }
        }

        AddSet(keys, "w", redis.Waiting);
        AddSet(keys, "l", redis.Log);
        AddSet(keys, "x", redis.Ends, Peer);
        AddSet(keys, "p:" + Peer, redis.Index);
        for (var consumer = 0; consumer < redis.Deliveries.Length; consumer++)
        {
            var (number, expires) = redis.Deliveries[consumer];
            if (number != 0)
            {
                keys.Add(new(Prefix + "d:" + ConsumerOf(consumer), "string", expires, Text(number)));
            }
        }

        return keys;
    }

    /// <summary>As session-begin.lua computes it.</summary>
    public static string CursorSecretOf(RedisProcess process)
    {
#pragma warning disable CA5350 // The script has no other hash.
        var text = $"cursors of {RunIdOf(process)}{ReplicationIdOf(process)}";
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
    }

    private static void AddSet(List<RedisKeyState> keys, string name, long[] scores, string suffix = "")
    {
        var members = Enumerable.Range(0, scores.Length).Where(session => scores[session] != 0)
            .Select(session => (Id: IdOf(session) + suffix, Score: Math.Max(scores[session], 0))).OrderBy(member => member.Score).ToArray();
        if (members.Length > 0)
        {
            keys.Add(new(Prefix + name, "zset", 0, [.. members.SelectMany(member => new[] { member.Id, Text(member.Score) })]));
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
