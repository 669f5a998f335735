using System.Net;
using System.Text;
using Rke.Gateway.Dns;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// Records that RAIDA servers hold, by name lookup (docs/WIRE.md §5). Asked is the network to whose name the domain
/// belongs, or else the default one.
/// </summary>
/// <remarks>
/// The raidax profile knows no TXT, and no '_' in names: a service is asked for under the domain itself there, which is
/// no other question, since the record's type says what is meant.
/// </remarks>
internal sealed class RaidaRecordSource(NamePoll poll, NetworkDirectory networks, NetworkNames names) : IRecordSource
{
    public LookupSource Kind => LookupSource.Raida;

    public Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken) =>
        AskAsync(name, NameRecordType.Srv, ToService, cancellationToken);

    public Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken) =>
        NetworkOf(name).Profile == WireProfile.Raidax
            ? Task.FromResult(SourceAnswer<string>.Mute)
            : AskAsync(name, NameRecordType.Txt, ToText, cancellationToken);

    public Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken) =>
        AskAsync(name, NameRecordType.A, ToAddress, cancellationToken);

    private async Task<SourceAnswer<T>> AskAsync<T>(
        DnsName name, NameRecordType type, ReadName<T> read, CancellationToken cancellationToken)
        where T : class
    {
        var network = NetworkOf(name);
        var text = network.Profile == WireProfile.Raidax ? WithoutServiceLabels(name.Value) : name.Value;
        var question = new NameQuestion(network, type, Encoding.ASCII.GetBytes(text), text);
        return NameLookupPayload.TryCreate(network.Profile, type, question.Name, out _, out _)
            ? await poll.AskAsync(question, read, cancellationToken)
            : SourceAnswer<T>.Failed(
                $"the key servers of network {network.Id} cannot be asked about {question}", LookupFailure.InvalidName);
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
