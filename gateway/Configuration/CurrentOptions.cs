using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Rke.Gateway.Configuration;

/// <summary>The options in force. A reload replaces all of them at once, and IOptionsMonitor follows.</summary>
internal sealed class CurrentOptions(GatewayOptions options)
{
    private volatile GatewayOptions _value = options;
    private ConfigurationReloadToken _token = new();

    public GatewayOptions Value => _value;

    public IChangeToken ChangeToken => Volatile.Read(ref _token);

    public void Replace(GatewayOptions options)
    {
        _value = options;
        Interlocked.Exchange(ref _token, new()).OnReload();
    }
}

/// <summary>The source of <see cref="IOptionsMonitor{TOptions}"/>.</summary>
internal sealed class CurrentOptions<[DynamicallyAccessedMembers(
    DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(CurrentOptions current)
    : IOptionsFactory<TOptions>, IOptionsChangeTokenSource<TOptions>
    where TOptions : class
{
    public string Name => Options.DefaultName;

    public TOptions Create(string name) => current.Value.Of<TOptions>();

    public IChangeToken GetChangeToken() => current.ChangeToken;
}
