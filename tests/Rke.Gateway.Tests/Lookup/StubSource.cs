using System.Net;
using Rke.Dns;
using Rke.Lookup;
using Rke.Lookup.Sources;

namespace Rke.Gateway.Tests.Lookup;

/// <summary>A source with the records of a test.</summary>
internal sealed class StubSource : IRecordSource
{
    public Dictionary<string, SourceAnswer<ServiceTarget>> Services { get; } = [];

    public Dictionary<string, SourceAnswer<string>> Texts { get; } = [];

    public Dictionary<string, SourceAnswer<IPAddress>> Addresses { get; } = [];

    public LookupSource Kind { get; init; } = LookupSource.Dns;

    public Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken) =>
        Task.FromResult(Services.GetValueOrDefault(name.Value, SourceAnswer<ServiceTarget>.None));

    public Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken) =>
        Task.FromResult(Texts.GetValueOrDefault(name.Value, SourceAnswer<string>.None));

    public Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken) =>
        Task.FromResult(Addresses.GetValueOrDefault(name.Value, SourceAnswer<IPAddress>.None));
}
