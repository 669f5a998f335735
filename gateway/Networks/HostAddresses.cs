using System.Net;
using Rke.Gateway.Errors;
using Rke.Gateway.Lookup;
using Rke.Gateway.Services;

namespace Rke.Gateway.Networks;

/// <summary>The addresses of hosts that calls and configuration name.</summary>
internal sealed class HostAddresses(LookupService lookup, TimeProvider timeProvider)
{
    /// <summary>At least one address, or the call fails.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> FindAsync(string host, string? field, CallScope scope)
    {
        var found = await RunAsync(scope, cancellation => lookup.ResolveAddressesAsync(host, cancellation), host);
        return found.Value ?? throw NameFailures.Of(found.Failure, host, found.Detail, field).ToException();
    }

    /// <summary>Looks a domain up within the call's deadline.</summary>
    public async ValueTask<LookupAnswer> LookupAsync(string domain, string field, CallScope scope)
    {
        var found = await RunAsync(scope, cancellation => lookup.LookupAsync(domain, cancellation), domain);
        return found.Value ?? throw NameFailures.Of(found.Failure, domain, found.Detail, field).ToException();
    }

    private async Task<LookupResult<T>> RunAsync<T>(
        CallScope scope, Func<CancellationToken, Task<LookupResult<T>>> work, string name)
        where T : class
    {
        using var deadline = new DeadlineSource(scope, timeProvider);
        try
        {
            return await work(deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            return LookupResult<T>.Failed(LookupFailure.Unavailable, $"no answer about {name} within the deadline");
        }
    }
}
