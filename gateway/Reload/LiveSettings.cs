using Rke.Gateway.Configuration;

namespace Rke.Gateway.Reload;

/// <summary>Settings that may change while the gateway runs, as they are now. Who uses them asks every time.</summary>
internal sealed class LiveSettings(GatewaySettings settings)
{
    private readonly List<Action> _followers = [];
    private volatile GatewaySettings _settings = settings;

    public IReadOnlyList<NetworkSettings> Networks => _settings.Networks;

    public TargetsSettings Targets => _settings.Targets;

    public CoinLimitSettings CoinLimit => _settings.CoinLimit;

    public CallerLimitSettings CallerLimit => _settings.CallerLimit;

    /// <summary>All but where it listens, which is bound at start.</summary>
    public SignalSettings Signal => _settings.Signal;

    /// <summary>Calls under way at the same time.</summary>
    public int MaxCalls => _settings.Grpc.MaxCalls;

    /// <summary>How long a call may take whose caller sets no deadline.</summary>
    public TimeSpan DefaultDeadline => _settings.Grpc.DefaultDeadline;

    public void Apply(GatewaySettings settings)
    {
        _settings = settings;
        foreach (var follower in _followers)
        {
            follower();
        }
    }

    /// <summary>Who keeps something of them is told when they have changed, in the order of asking. Only while the gateway is made.</summary>
    public void Follow(Action follower) => _followers.Add(follower);
}
