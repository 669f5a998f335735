namespace Rke.Gateway.Configuration;

/// <summary>All valid options of one configuration. Services get them as IOptions or IOptionsMonitor.</summary>
internal sealed class GatewayOptions(IReadOnlyDictionary<Type, object> options)
{
    /// <summary>For code that decides which services to add.</summary>
    public TOptions Of<TOptions>() => (TOptions)options[typeof(TOptions)];
}
