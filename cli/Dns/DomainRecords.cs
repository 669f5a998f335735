using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Lookup;

namespace Rke.Cli;

/// <summary>Looks up the records of domains in DNS, from this machine.</summary>
internal sealed class DomainRecords : IDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="resolver">The resolvers, separated by commas. Null for those of the system.</param>
    public DomainRecords(string? resolver)
    {
        var options = new DnsOptions { Resolver = resolver ?? "", Timeout = TimeSpan.FromSeconds(3) };
        if (options.Problems().FirstOrDefault() is not null)
        {
            throw new FailureException(
                ExitCode.Usage,
                $"--resolver '{resolver}' is not an address and a port.",
                "Give an address such as 192.0.2.53:53 or [2001:db8::53]:53, up to 8 of them with commas.");
        }

        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddLookup();
        services.AddSingleton(Options.Create(options));
        _services = services.BuildServiceProvider();
    }

    public static Option<string?> ResolverOption() => new("--resolver")
    {
        Description = "The DNS resolver, as ADDRESS:PORT. Several are separated by commas. Default: the resolvers of the system.",
        HelpName = "address:port",
    };

    /// <summary>Checks the records of a domain.</summary>
    public Task<CheckedDomain> CheckAsync(string domain, CancellationToken cancellationToken) =>
        new DomainCheck(_services.GetRequiredService<LookupService>()).RunAsync(domain, needsService: true, cancellationToken);

    public void Dispose() => _services.Dispose();
}
