using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The state of coins on key servers that all replicas share (docs/REQUEST-FLOW.md): whether a coin holds an unread
/// part, how often it was used, and whether it is in cooldown. Each method is atomic.
/// </summary>
internal interface ICoinState
{
    /// <summary>
    /// Reserves the first candidate that is not occupied, not in cooldown, and below its limit. It counts the post, and
    /// marks the coin as occupied for the lifetime of the part. A refused request changes nothing.
    /// </summary>
    ValueTask<ReservationResult> ReserveAsync(ReservationRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Reports the outcome of a post. After <see cref="PostOutcome.Stored"/> and <see cref="PostOutcome.Unknown"/>, the coin stays
    /// occupied until its part is read or expires. If the replica dies before this call, the coin stays occupied too, which is safe.
    /// The last outcome that is reported for a reservation counts.
    /// </summary>
    ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome);

    /// <summary>
    /// Frees the coin of a part that was read through the gateway, or that a receiver reported as used. Does nothing if
    /// the coin does not hold this part.
    /// </summary>
    /// <param name="coin">The coin, if known.</param>
    ValueTask FreeAsync(ServerId server, KeyIdHash part, CoinId? coin);

    /// <summary>
    /// Excludes a coin from reservations for some time, because the key server reported it as overused.
    /// </summary>
    ValueTask StartCooldownAsync(ServerId server, CoinId coin, TimeSpan duration);

    /// <summary>
    /// Ends the use of a key id under which no server can have stored a part. Does nothing if the id is used under another ticket.
    /// </summary>
    ValueTask ReleaseKeyIdAsync(ServerId server, KeyIdHash id, ulong ticket);
}

/// <summary>A request for a coin to post one part under.</summary>
/// <param name="Server">The key server of the part.</param>
/// <param name="Candidates">The coins to choose from, at least one: the named coin, or all permitted coins.</param>
/// <param name="First">
/// The index of the candidate to try first. After the last candidate, the first one follows.
/// </param>
/// <param name="Part">The part. When it is read, the coin is free.</param>
/// <param name="Occupies">
/// Whether an unread part occupies its coin. True in the rke profile. A raidax server stores parts by id, so only the
/// limit applies.
/// </param>
/// <param name="Lifetime">How long an unread part occupies the coin.</param>
/// <param name="Limit">How often a coin may post to the server.</param>
internal readonly record struct ReservationRequest(
    ServerId Server,
    IReadOnlyList<CoinId> Candidates,
    int First,
    KeyIdHash Part,
    bool Occupies,
    TimeSpan Lifetime,
    CoinLimit Limit)
{
    /// <summary>
    /// On a raidax server: a random number of the post. A reservation marks the key id of the part as used, for <see cref="Lifetime"/>.
    /// A request with a key id that is used under another number is refused. Such a server overwrites a part with the same id and keeps
    /// the end of a longer part (docs/WIRE.md §6), so a second post returns a mixture of two parts. Null if the server stores parts by
    /// coin.
    /// </summary>
    public ulong? KeyIdTicket { get; init; }
}

/// <summary>The result of a <see cref="ReservationRequest"/>.</summary>
internal readonly record struct ReservationResult
{
    public ReservationAnswer Answer { get; private init; }

    /// <summary>The reservation, if granted. Pass it to <see cref="ICoinState.CompleteAsync"/>.</summary>
    public CoinReservation Reservation { get; private init; }

    /// <summary>If refused: when the same request may be granted. Zero if unknown.</summary>
    public TimeSpan RetryAfter { get; private init; }

    public static ReservationResult Granted(in CoinReservation reservation) =>
        new() { Answer = ReservationAnswer.Granted, Reservation = reservation };

    public static ReservationResult Refused(ReservationAnswer answer, TimeSpan retryAfter) =>
        new() { Answer = answer, RetryAfter = retryAfter };
}

/// <summary>Whether a <see cref="ReservationRequest"/> is granted, or why not.</summary>
internal enum ReservationAnswer
{
    /// <summary>The coin is reserved for one post, and the post is counted.</summary>
    Granted,

    /// <summary>The only candidate holds an unread part on the server.</summary>
    Occupied,

    /// <summary>No candidate is occupied, but each is at its limit or in cooldown.</summary>
    Overused,

    /// <summary>Each of several candidates is occupied, at its limit, or in cooldown.</summary>
    NoFreeCoin,

    /// <summary>The key id was used for another part.</summary>
    KeyIdUsed,

    /// <summary>Redis is unavailable.</summary>
    Unavailable,
}

/// <summary>A reservation of a coin for one post.</summary>
/// <param name="Ticket">The unique number of the reservation.</param>
/// <param name="ExpiresAt">When the coin is free again, by the clock of the state.</param>
internal readonly record struct CoinReservation(
    ServerId Server, CoinId Coin, KeyIdHash Part, ulong Ticket, DateTimeOffset ExpiresAt)
{
    /// <summary>
    /// After this time, the network does not deliver a datagram any more. An earlier datagram that arrived later would
    /// overwrite the next part of the coin.
    /// </summary>
    public static readonly TimeSpan DatagramLifetime = TimeSpan.FromSeconds(60);
}

/// <summary>The outcome of a post.</summary>
internal enum PostOutcome
{
    /// <summary>The server stored the part. The coin stays occupied until the part is read or expires.</summary>
    Stored,

    /// <summary>
    /// The server may have stored the part, because no valid reply arrived. The coin stays occupied.
    /// </summary>
    Unknown,

    /// <summary>
    /// The server may have stored the part, but no receiver reads it: only the gateway has its key id, or another coin
    /// holds the same part. The coin stays occupied for <see cref="CoinReservation.DatagramLifetime"/>.
    /// </summary>
    Orphaned,

    /// <summary>
    /// The server refused the part with a signed reply. The coin is free. The post counts, because the server counted
    /// it.
    /// </summary>
    Refused,

    /// <summary>The gateway sent no datagram. The coin is free, and the post does not count.</summary>
    NotSent,
}

/// <summary>Counts coins by state, for metrics.</summary>
internal interface ICoinCounter
{
    /// <summary>The interval between counts.</summary>
    TimeSpan Interval { get; }

    /// <summary>Counts the coins on one key server; null if Redis is unavailable.</summary>
    ValueTask<CoinCounts?> CountAsync(
        ServerId server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken);
}

/// <summary>The number of coins in each state.</summary>
/// <param name="Free">Coins that can be reserved.</param>
/// <param name="Occupied">Coins that hold an unread part.</param>
/// <param name="InCooldown">Coins that are overused: in cooldown, or at their limit.</param>
internal readonly record struct CoinCounts(int Free, int Occupied, int InCooldown)
{
    public static CoinCounts operator +(CoinCounts left, CoinCounts right) =>
        new(left.Free + right.Free, left.Occupied + right.Occupied, left.InCooldown + right.InCooldown);
}
