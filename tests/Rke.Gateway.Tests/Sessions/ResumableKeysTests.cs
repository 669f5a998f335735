using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Sessions;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>The keys of exchanges that can be resumed, in the memory of a gateway.</summary>
public sealed class ResumableKeysTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_latest_keys_are_kept_also_if_a_name_is_added_often()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        var keys = gateway.Services.GetRequiredService<ResumableKeys>();
        for (var count = 0; count <= ResumableKeys.MaxInMemory; count++)
        {
            await AddAsync("often");
        }

        Assert.True(await HasAsync("often"));
        for (var name = 1; name < ResumableKeys.MaxInMemory; name++)
        {
            await AddAsync($"{name}");
        }

        Assert.True(await HasAsync("often"));
        await AddAsync("one more");
        Assert.False(await HasAsync("often"));
        Assert.True(await HasAsync("1"));

        Task AddAsync(string name) => keys.AddAsync(name, new Session(), new byte[32], Cancelled);

        async Task<bool> HasAsync(string name)
        {
            using var found = await keys.FindAsync(name, Cancelled);
            return found is not null;
        }
    }
}
