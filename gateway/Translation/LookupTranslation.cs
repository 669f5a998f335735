using Rke.Gateway.Errors;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.V1;

namespace Rke.Gateway.Translation;

/// <summary>Lookup: a domain's records, as its sources tell them.</summary>
internal sealed class LookupTranslation(HostAddresses hosts)
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
