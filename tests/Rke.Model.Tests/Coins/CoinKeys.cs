using System.Globalization;
using Rke.Model.Tests.Scripts;

namespace Rke.Model.Tests.Coins;

/// <summary>The keys of gateway/Coins/RedisCoinKeys.cs, and the state of the model as keys.</summary>
internal static class CoinKeys
{
    public const string Epoch = Prefix + "e";
    public const string Released = Prefix + "f";
    public const string Refused = Prefix + "d";
    public const string List = Prefix + "l:list";
    public const string Busy = Prefix + "b:list";

    private const string Prefix = "rke:{6.14}:";
    private const int FirstSerial = 1000;

    public static string Coin(int coin) => coin < 0 ? "" : $"{Prefix}c:0.{FirstSerial + coin}";

    public static string Uses(int coin) => $"{Prefix}u:0.{FirstSerial + coin}";

    public static string Part(int part) => $"{Prefix}p:{DigestOf(part)}";

    public static string Withdrawn(int ticket) => $"{Prefix}x:{TicketOf(ticket)}";

    public static string DigestOf(int part) => part.ToString("x32", CultureInfo.InvariantCulture);

    public static string TicketOf(int ticket) => ticket.ToString("x16", CultureInfo.InvariantCulture);

    public static IReadOnlyCollection<RedisKeyState> Of(CoinRedis redis)
    {
        var keys = new List<RedisKeyState>();
        if (redis.Epoch != 0)
        {
            keys.Add(new(Epoch, "string", 0, Text(redis.Epoch)));
        }

        for (var coin = 0; coin < redis.Coins.Length; coin++)
        {
            var (until, ticket, part, rests, expires) = redis.Coins[coin];
            if (redis.Coins[coin] != CoinRecord.Absent)
            {
                var occupied = until == 0 ? "0  " : $"{Text(until)} {TicketOf(ticket)} {DigestOf(part)}";
                keys.Add(new(Coin(coin), "string", expires, $"{occupied} {Text(rests)}"));
            }

            if (redis.Uses[coin].Posts is { Length: > 0 } posts)
            {
                keys.Add(new(Uses(coin), "list", redis.Uses[coin].Expires, [
                    .. posts.Reverse().Select(post => Text(post.At) + TicketOf(post.Ticket)),
                ]));
            }
        }

        for (var part = 0; part < redis.Parts.Length; part++)
        {
            if (redis.Parts[part].Coin >= 0)
            {
                keys.Add(new(Part(part), "string", redis.Parts[part].Expires, Coin(redis.Parts[part].Coin)));
            }
        }

        for (var ticket = 0; ticket < redis.Withdrawn.Length; ticket++)
        {
            if (redis.Withdrawn[ticket] != 0)
            {
                keys.Add(new(Withdrawn(ticket), "string", redis.Withdrawn[ticket], "1"));
            }
        }

        var refused = Enumerable.Range(0, redis.Refused.Length).Where(coin => redis.Refused[coin].Count > 0).ToArray();
        if (refused.Length > 0)
        {
            keys.Add(new(Refused, "hash", redis.RefusedExpires, [.. refused.SelectMany(coin =>
                new[] { Coin(coin), $"{redis.Refused[coin].Count} {Text(redis.Refused[coin].Ends)}" })]));
        }

        AddIndex(redis, keys);
        return keys;
    }

    private static void AddIndex(CoinRedis redis, List<RedisKeyState> keys)
    {
        if (redis.Released.Length > 0)
        {
            keys.Add(Set(Released, redis.ReleasedExpires, redis.Released.Select(entry => (Coin(entry.Coin), entry.Score))));
        }

        if (redis.ListExpires != 0)
        {
            string[] occupied = redis.List.OccupiedUntil == 0 ? [] : ["o", Text(redis.List.OccupiedUntil)];
            keys.Add(new(List, "hash", redis.ListExpires, ["s", Text(redis.List.Seen), .. occupied]));
        }

        var busy = Enumerable.Range(0, redis.Busy.Length).Where(coin => redis.Busy[coin] != 0).ToArray();
        if (busy.Length > 0)
        {
            keys.Add(Set(Busy, redis.BusyExpires, busy.Select(coin => (Coin(coin), Math.Max(redis.Busy[coin], 0)))
                .OrderBy(entry => entry.Item2).ThenBy(entry => entry.Item1, StringComparer.Ordinal)));
        }
    }

    private static RedisKeyState Set(string name, long expires, IEnumerable<(string Member, long Score)> members) =>
        new(name, "zset", expires, [.. members.SelectMany(member => new[] { member.Member, Text(member.Score) })]);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
