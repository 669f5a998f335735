using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>Asks for a coin to post one part under.</summary>
/// <param name="Server">Where the part goes.</param>
/// <param name="Candidates">The coins to choose from, at least one: the one that the caller names, or all of the network.</param>
/// <param name="First">The candidate to try first; then the following ones, around the end.</param>
/// <param name="Part">The part that will wait there: reading it frees the coin.</param>
/// <param name="Occupies">
/// Whether a waiting part occupies its coin: so in the rke profile's key table; the raidax server keeps parts by id,
/// and there only the limit counts.
/// </param>
/// <param name="Lifetime">How long the coin is taken to be occupied when nobody reads the part.</param>
/// <param name="Limit">How often a coin may post there.</param>
internal readonly record struct CoinRequest(
    ServerNumber Server,
    IReadOnlyList<CoinId> Candidates,
    int First,
    PartHash Part,
    bool Occupies,
    TimeSpan Lifetime,
    CoinLimit Limit);
