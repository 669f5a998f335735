namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>One gateway for a class of tests, configured with nothing but its ports.</summary>
public sealed class EmbeddedGateway : IAsyncLifetime
{
    internal RunningGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
