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
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

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
        var left = scope.Deadline - timeProvider.GetUtcNow();
        using var timeout = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, scope.Cancellation);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (!scope.Cancellation.IsCancellationRequested)
        {
            return LookupResult<T>.Failed(LookupFailure.Unavailable, $"no answer about {name} within the deadline");
        }
    }
}
