using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rke.Gateway.Configuration;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// The client's options. The client finds the servers and the primary, reconnects, and follows Sentinel or the cluster.
/// It never queues a command: docs/STATE.md promises that commands run at once or not at all.
/// </summary>
internal static class RedisOptions
{
    private const int TcpUserTimeout = 18;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(100);

    /// <exception cref="SettingsException">The file of authorities has no certificate.</exception>
    public static ConfigurationOptions Of(RedisSettings settings, ILogger logger)
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

            // RedisCircuit gives up sooner; this only frees commands without a waiting caller.
            AsyncTimeout = Milliseconds(2 * RedisCircuit.LongestSilence(settings)),
            User = settings.User,
            Password = settings.Password,
            ServiceName = settings.SentinelService,
            Ssl = settings.Tls,

            // Only Sentinel or the cluster can tell two servers apart that both claim to be primary.
            TieBreaker = "",
            ConfigurationChannel = "",

            // Keys name coins.
            IncludeDetailInExceptions = false,
        };
        foreach (var endpoint in settings.Endpoints)
        {
            options.EndPoints.Add(endpoint.Host, endpoint.Port);
        }

        if (OperatingSystem.IsLinux())
        {
            // A host that died answers no packet. Without this, a connection to it lives on for minutes.
            options.BeforeSocketConnect = static (_, _, socket) => socket.SetRawSocketOption(
                (int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(Milliseconds(ConnectTimeout)));
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
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (CryptographicException)
        {
            // Not PEM: the collection stays empty.
        }

        return authorities.Count > 0
            ? authorities
            : throw new SettingsException(
                [$"Rke:Redis:CaFile: there is no certificate in '{path}'; write a PEM file with the authority's certificate."]);
    }

    // Each problem once, until the server is reached: the client tries ten times a second.
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
            Log.RedisConnectionFailed(logger, $"{endpoint}", $"{attempt.Stage}", problem);
        }
    }

    // SslStream checks the name and the purpose, and completes the chain with the certificates that the server sent.
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
