using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;
using StackExchange.Redis;

namespace Rke.Gateway.Redis;

/// <summary>
/// The options of the Redis client. The client finds the servers and the primary, reconnects, and follows Sentinel or the cluster.
/// It never queues a command, because docs/STATE.md promises that a command runs at once or fails.
/// </summary>
internal static class RedisClientOptions
{
    private const int MaxCaFileLength = 4 << 20;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(100);

    /// <exception cref="SettingsException">The CA file has no certificate.</exception>
    public static ConfigurationOptions Of(RedisOptions settings, ILogger logger, TimeProvider timeProvider)
    {
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            BacklogPolicy = BacklogPolicy.FailFast,
            ClientName = "rke-gateway",
            ConnectRetry = 1,
            ConnectTimeout = Milliseconds(ConnectTimeout),
            HeartbeatInterval = Heartbeat,
            ReconnectRetryPolicy = new LinearRetry(Milliseconds(Heartbeat)),

            // RedisCircuit has a shorter timeout. This one only removes commands without a waiting caller.
            AsyncTimeout = Milliseconds(2 * RedisCircuit.MaxReplyTime(settings)),
            User = settings.User,
            Password = settings.Password,
            ServiceName = settings.SentinelService,
            Ssl = settings.Tls,
            Tunnel = new RedisAddressSelection(ConnectTimeout, timeProvider),

            // If two servers claim to be the primary, only Sentinel or the cluster can decide.
            TieBreaker = "",
            ConfigurationChannel = "",

            // The details contain keys, and keys contain serial numbers of coins.
            IncludeDetailInExceptions = false,
        };
        foreach (var endpoint in settings.Endpoints)
        {
            options.EndPoints.Add(endpoint.Host, endpoint.Port);
        }

        if (settings is { Tls: true, CaFile: { } path })
        {
            var authorities = ReadAuthorities(path);
            options.SslClientAuthenticationOptions = host => Trust(authorities, host);
        }

        var problems = new ConcurrentDictionary<EndPoint, string>();
        options.ConnectionAttemptCompleted += (_, attempt) => Report(attempt, problems, logger);
        return options;
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        if (RegularFile.TryReadText(path, MaxCaFileLength, out var problem) is not { } pem)
        {
            throw new SettingsException([$"Rke:Redis:CaFile: '{path}' {problem}; write the path of a PEM file."]);
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Not PEM: the collection stays empty.
        }

        return authorities.Count > 0
            ? authorities
            : throw new SettingsException(
                [$"Rke:Redis:CaFile: '{path}' has no certificate; write the path of a PEM file with the certificate of the authority."]);
    }

    // Logs each problem once until the connection succeeds, because the client tries ten times per second.
    private static void Report(
        ConnectionAttemptCompletedEventArgs attempt, ConcurrentDictionary<EndPoint, string> problems, ILogger logger)
    {
        if (attempt.EndPoint is not { } endpoint)
        {
            return;
        }

        if (attempt.IsSuccess)
        {
            problems.TryRemove(endpoint, out _);
            return;
        }

        var problem = $"{attempt.FailureType}";
        for (var cause = attempt.Exception; cause is not null; cause = cause.InnerException)
        {
            problem += $": {cause.Message}";
        }

        if (!problems.TryGetValue(endpoint, out var known) || known != problem)
        {
            problems[endpoint] = problem;
            Log.RedisConnectionFailed(logger, NameOf(endpoint), $"{attempt.Stage}", problem);
        }
    }

    private static string NameOf(EndPoint endpoint) => endpoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{endpoint}";

    // SslStream also checks the name and the purpose, and builds the chain with the certificates that the server sent.
    private static SslClientAuthenticationOptions Trust(X509Certificate2Collection authorities, string host)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return new() { TargetHost = host, CertificateChainPolicy = policy };
    }

    private static int Milliseconds(TimeSpan time) => (int)time.TotalMilliseconds;
}
