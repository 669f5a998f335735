using System.Net;
using System.Text;
using Rke.Dns;
using Rke.Gateway.Networks;
using Rke.Lookup;
using Rke.Lookup.Sources;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// Records of key servers, by name lookup (docs/WIRE.md §5). It asks the network whose name is a suffix of the domain,
/// or else the default network.
/// </summary>
/// <remarks>
/// The raidax profile has no TXT records and no '_' in names. There, a service is looked up under the domain itself.
/// The type of the record is sufficient.
/// </remarks>
internal sealed class RaidaRecordSource(MajorityNameLookup lookup, NetworkDirectory networks, NetworkNames names) : IRecordSource
{
    public LookupSource Kind => LookupSource.Raida;

    public Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken) =>
        FindAsync(name, NameRecordType.Srv, ToService, cancellationToken);

    public Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken) =>
        NetworkOf(name).Profile == WireProfile.Raidax
            ? Task.FromResult(SourceAnswer<string>.Unsupported)
            : FindAsync(name, NameRecordType.Txt, ToText, cancellationToken);

    public Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken) =>
        FindAsync(name, NameRecordType.A, ToAddress, cancellationToken);

    private async Task<SourceAnswer<T>> FindAsync<T>(
        DnsName name, NameRecordType type, ReadName<T> read, CancellationToken cancellationToken)
        where T : class
    {
        var network = NetworkOf(name);
        var text = network.Profile == WireProfile.Raidax ? WithoutServiceLabels(name.Value) : name.Value;
        var question = new NameQuestion(network, type, Encoding.ASCII.GetBytes(text), text);
        return NameLookupPayload.TryCreate(network.Profile, type, question.Name, out _, out _)
            ? await lookup.LookupAsync(question, read, cancellationToken)
            : SourceAnswer<T>.Failed(
                $"the key servers of network {network.Id} do not support the question {question}", LookupFailure.InvalidName);
    }

    private Network NetworkOf(DnsName name) =>
        names.NumberOf(name) is { } number ? networks.Find(number) ?? networks.Default : networks.Default;

    private static string WithoutServiceLabels(string name)
    {
        while (name.StartsWith('_') && name.Contains('.'))
        {
            name = name[(name.IndexOf('.') + 1)..];
        }

        return name;
    }

    private static ServiceTarget ToService(in NameLookupAnswer answer) => new(answer.Address!.ToString(), answer.Port);

    private static string ToText(in NameLookupAnswer answer) => Encoding.UTF8.GetString(answer.Text);

    private static IPAddress ToAddress(in NameLookupAnswer answer) => answer.Address!;
}
