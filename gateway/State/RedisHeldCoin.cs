using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>A coin that this replica has reserved.</summary>
/// <param name="Ticket">The reservation.</param>
/// <param name="Part">The digest of the part.</param>
/// <param name="Since">When, a timestamp of this process.</param>
/// <param name="Lifetime">For how long from then.</param>
internal readonly record struct RedisHeldCoin(RedisValue Ticket, RedisValue Part, long Since, TimeSpan Lifetime);
