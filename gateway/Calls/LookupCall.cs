using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.V1;

namespace Rke.Gateway.Calls;

/// <summary>Lookup: returns the records of a domain.</summary>
internal sealed class LookupCall(HostAddresses hosts)
{
    public async Task<LookupResponse> RunAsync(LookupRequest request, CallScope scope)
    {
        var bad = new BadFields();
        bad.Check(request.Domain.Length > 0, "domain", "must not be empty");
        bad.ThrowIfAny();
        var answer = await hosts.LookupAsync(request.Domain, "domain", scope);
        return answer.ToResponse();
    }
}
