using System.Net;
using Rke.Dns;

namespace Rke.Lookup.Sources;

/// <summary>The hosts file of the system, hosts(5), read at the start.</summary>
public sealed class HostsFile
{
    private const string Path = "/etc/hosts";

    private readonly Dictionary<DnsName, List<IPAddress>> _addresses = [];

    private HostsFile()
    {
    }

    public static HostsFile Read()
    {
        try
        {
            return Parse(File.ReadLines(Path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Parse([]);
        }
    }

    /// <summary>Parses lines of an address and names. <c>#</c> starts a comment. Skips invalid lines.</summary>
    public static HostsFile Parse(IEnumerable<string> lines)
    {
        var hosts = new HostsFile();
        foreach (var line in lines)
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || !IPAddress.TryParse(words[0], out var address))
            {
                continue;
            }

            foreach (var word in words.AsSpan(1))
            {
                if (DnsName.TryParse(word, out var name, out _))
                {
                    hosts.Add(name, address);
                }
            }
        }

        return hosts;
    }

    public IReadOnlyList<IPAddress>? Find(DnsName name) => _addresses.GetValueOrDefault(name);

    private void Add(DnsName name, IPAddress address)
    {
        if (!_addresses.TryGetValue(name, out var list))
        {
            _addresses[name] = list = [];
        }

        if (!list.Contains(address))
        {
            list.Add(address);
        }
    }
}
