using System.Security.Cryptography;
using System.Text;
using Rke.Gateway.Redis;
using StackExchange.Redis;

namespace Rke.Gateway.Quotas;

/// <summary>Caller quotas that all replicas share.</summary>
internal sealed class RedisCallerQuota(RedisCircuit circuit) : ICallerQuota
{
    private static readonly RedisScript QuotaScript = new("caller-quota");

    public async ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller)).AsSpan(0, 16));
        var keys = new List<RedisKey>(2);
        var values = new List<RedisValue>(5) { QuotaWindows.Slices };
        var answers = new List<QuotaAnswer>(2);
        Add("r", limits.RequestsPerSecond, QuotaWindows.Requests, QuotaAnswer.RequestsUsedUp);
        Add("p", isPost ? limits.PostsPerDay : 0, QuotaWindows.Posts, QuotaAnswer.PostsUsedUp);
        if (keys.Count == 0)
        {
            return new(QuotaAnswer.Admitted);
        }

        if (await circuit.RunAsync(QuotaScript, [.. keys], [.. values]) is not { } result)
        {
            return new(QuotaAnswer.Unavailable, circuit.RetryAfter);
        }

        var reply = (RedisValue[])result!;
        var refused = (int)reply[0];
        return refused == 0
            ? new(QuotaAnswer.Admitted)
            : new(answers[refused - 1], TimeSpan.FromMicroseconds((long)reply[1]));

        void Add(string name, int limit, TimeSpan window, QuotaAnswer answer)
        {
            if (limit > 0)
            {
                keys.Add($"rke:{{q:{digest}}}:{name}");
                values.AddRange([limit, (long)window.TotalMicroseconds]);
                answers.Add(answer);
            }
        }
    }
}
