namespace Rke.Gateway.Lookup;

/// <summary>
/// What the records of a domain say, as it is kept: the draw among its services is made anew each time.
/// </summary>
/// <param name="Source">Where it is known from.</param>
/// <param name="Services">Its signalling services, with valid hosts; empty where it refuses the service.</param>
/// <param name="Records">Memberships, key servers, and what could not be read.</param>
internal sealed record DomainRecords(
    LookupSource Source, IReadOnlyList<ServiceTarget> Services, MembershipRecords Records)
{
    /// <summary>Where those who were asked differ.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];
}
