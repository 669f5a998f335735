using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>A coin that is reserved for one post.</summary>
/// <param name="Server">Where the part goes.</param>
/// <param name="Coin">The coin.</param>
/// <param name="Part">The part.</param>
/// <param name="Ticket">Told apart from any other reservation of the same coin; 64 bits of the implementation's own.</param>
/// <param name="ExpiresAt">When the coin is taken to be free again, on the state's clock.</param>
internal readonly record struct CoinReservation(
    ServerNumber Server, CoinId Coin, PartHash Part, ulong Ticket, DateTimeOffset ExpiresAt);
