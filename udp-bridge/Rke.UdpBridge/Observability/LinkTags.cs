namespace Rke.UdpBridge;

/// <summary>The metric tags of one server. They are built once, so that an exchange allocates none.</summary>
internal sealed class LinkTags
{
    private readonly KeyValuePair<string, object?>[][] _ofOutcomes;

    private LinkTags(ServerAddress address, object raidaId)
    {
        Server = [new("network", (int)address.Network), new("raida_id", raidaId)];
        _ofOutcomes =
        [
            [.. Server, new("outcome", "Cancelled")],
            .. Enum.GetNames<ExchangeOutcome>()
                .Select(name => (KeyValuePair<string, object?>[])[.. Server, new("outcome", name)]),
        ];
    }

    /// <summary>The network and the RAIDA id.</summary>
    public KeyValuePair<string, object?>[] Server { get; }

    public static LinkTags OfConfigured(ServerAddress address) => new(address, (int)address.RaidaId);

    /// <summary>The RAIDA id is "other".</summary>
    public static LinkTags OfOther(ServerAddress address) => new(address, "other");

    /// <summary>The server and the outcome.</summary>
    /// <param name="outcome">Null if the caller cancelled the exchange.</param>
    public KeyValuePair<string, object?>[] Of(ExchangeOutcome? outcome) =>
        _ofOutcomes[outcome is { } known ? (int)known + 1 : 0];
}
