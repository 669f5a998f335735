using Microsoft.Extensions.Options;

namespace Rke.Gateway.Tests.Configuration;

/// <summary>Options that a test changes, without a configuration.</summary>
internal sealed class ChangingOptions<TOptions>(TOptions options) : IOptionsMonitor<TOptions>
{
    public TOptions CurrentValue { get; set; } = options;

    public TOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<TOptions, string?> listener) => null;
}
