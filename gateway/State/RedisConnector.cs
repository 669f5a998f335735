using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using OpenTelemetry.Instrumentation.StackExchangeRedis;
using Rke.Gateway.Configuration;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>Connects to Redis: a single server, primary and replicas, or a cluster, whatever the endpoints are.</summary>
internal sealed class RedisConnector
{
    private readonly RedisSettings _settings;
    private readonly X509Certificate2Collection? _authorities;
    private readonly StackExchangeRedisInstrumentation? _instrumentation;
    private IDisposable? _instrumented;

    /// <param name="instrumentation">Creates spans of commands; null = nobody collects spans.</param>
    public RedisConnector(RedisSettings settings, StackExchangeRedisInstrumentation? instrumentation = null)
    {
        (_settings, _instrumentation) = (settings, instrumentation);
        if (settings is { Tls: true, CaFile: { } path })
        {
            _authorities = [];
            _authorities.ImportFromPemFile(path);
        }
    }

    /// <summary>A connection, and who is primary now.</summary>
    /// <param name="timeout">A server that has not answered until then is left out.</param>
    /// <exception cref="RedisConnectionException">No server answers.</exception>
    public async Task<ConnectionMultiplexer> ConnectAsync(TimeSpan timeout)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(Options(timeout));

        // The newest connection replaces the others.
        Interlocked.Exchange(ref _instrumented, _instrumentation?.AddConnection(connection))?.Dispose();
        return connection;
    }

    /// <summary>The same trust for a connection of our own.</summary>
    public Stream Secure(Stream stream, string host)
    {
        if (!_settings.Tls)
        {
            return stream;
        }

        var secured = new SslStream(stream, leaveInnerStreamOpen: false, _authorities is null ? null : IsTrusted);
        secured.AuthenticateAsClient(host);
        return secured;
    }

    private ConfigurationOptions Options(TimeSpan timeout)
    {
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = true,
            ClientName = "rke-gateway",
            ConnectRetry = 1,
            ConnectTimeout = (int)timeout.TotalMilliseconds,
            Password = _settings.Password,
            Ssl = _settings.Tls,

            // Two servers that both call themselves primary are told apart by nobody but Sentinel or the cluster.
            TieBreaker = "",
        };
        foreach (var endpoint in _settings.Endpoints)
        {
            options.EndPoints.Add(endpoint.Host, endpoint.Port);
        }

        if (_authorities is not null)
        {
            options.CertificateValidation += IsTrusted;
        }

        return options;
    }

    // Chained to the configured authorities and nobody else, under the name that it was called by.
    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? _, SslPolicyErrors errors)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None
            || certificate is not X509Certificate2 server)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(server);
    }
}
