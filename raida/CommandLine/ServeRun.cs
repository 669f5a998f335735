using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Rke.Raida.Accounts;
using Rke.Raida.Coins;
using Rke.Raida.Names;
using Rke.Raida.Serving;
using Rke.UdpBridge;

namespace Rke.Raida.CommandLine;

/// <summary>Loads the files of the command line, and runs the key servers until the process receives a stop signal.</summary>
internal sealed class ServeRun
{
    /// <summary>The exit code if the servers cannot start, for example because a file is missing.</summary>
    public const int CannotStart = 2;

    public required KeyServerOptions Options { get; init; }

    /// <summary>Null: no accounts.</summary>
    public AccountOptions? Accounts { get; init; }

    /// <summary>The certificate of the TLS port, followed by its intermediate certificates. Null: no TLS port.</summary>
    public FileInfo? Certificate { get; init; }

    /// <summary>The private key of the certificate.</summary>
    public FileInfo? CertificateKey { get; init; }

    public required IReadOnlyList<string> CoinPaths { get; init; }

    public required int CoinsToCreate { get; init; }

    public required FileInfo? Zone { get; init; }

    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var logging = LoggerFactory.Create(
            builder => builder.AddSimpleConsole(console => console.SingleLine = true));
        var logger = logging.CreateLogger("Rke.Raida");
        try
        {
            using var coins = LoadCoins(logger);
            using var certificate = ReadCertificate();
            var options = Options with
            {
                Zone = ReadZone(),
                Accounts = Accounts is null
                    ? null
                    : Accounts with { Certificate = certificate, CertificateChain = ReadCertificateChain() },
            };
            await using var host = await KeyServerHost.StartAsync(options, coins, TimeProvider.System, logger);
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = stop.Register(stopped.SetResult);
            await stopped.Task;
            return 0;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidDataException or IOException
            or UnauthorizedAccessException or SocketException or CryptographicException)
        {
            Log.CannotStart(logger, failure.Message);
            return CannotStart;
        }
    }

    private NetworkCoins LoadCoins(ILogger logger)
    {
        var coins = new NetworkCoins();
        if (CoinsToCreate > 0)
        {
            if (CoinPaths.Count == 0)
            {
                throw new ArgumentException("--make-coins needs a folder for the new coins. Add --coins FOLDER.");
            }

            if (CoinFiles.Create(CoinPaths[0], Options.Network, CoinsToCreate, new SystemEntropy()) is { } path)
            {
                Log.CoinsCreated(logger, CoinsToCreate, path);
            }
        }

        foreach (var path in CoinPaths)
        {
            var (count, errors) = CoinFiles.Load(path, Options.Network, coins);
            Log.CoinsLoaded(logger, count, Options.Network, path);
            foreach (var error in errors)
            {
                Log.KeyFileSkipped(logger, error);
            }
        }

        return coins;
    }

    private X509Certificate2? ReadCertificate()
    {
        if (Certificate is null || CertificateKey is null)
        {
            return Certificate is null && CertificateKey is null
                ? null
                : throw new ArgumentException("--tls-certificate and --tls-key belong together. Give both.");
        }

        return X509Certificate2.CreateFromPemFile(Certificate.FullName, CertificateKey.FullName);
    }

    // The file as a whole. ReadCertificate reads only its first certificate.
    private X509Certificate2Collection ReadCertificateChain()
    {
        var chain = new X509Certificate2Collection();
        if (Certificate is not null)
        {
            chain.ImportFromPemFile(Certificate.FullName);
        }

        return chain;
    }

    private Zone ReadZone()
    {
        if (Zone is null)
        {
            return Names.Zone.Empty;
        }

        return Names.Zone.TryParse(File.ReadAllText(Zone.FullName), out var zone, out var error)
            ? zone
            : throw new InvalidDataException($"{Zone}: {error}");
    }
}
