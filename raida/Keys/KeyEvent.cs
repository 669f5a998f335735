using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>An event in the life of a key part, without key bytes. Tests use these events.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Time">The time on the server's clock.</param>
/// <param name="RaidaId">The RAIDA id of the server.</param>
/// <param name="Coin">The coin of the post.</param>
/// <param name="Hash">HS, the MD5 of the key id.</param>
public readonly record struct KeyEvent(
    KeyEventKind Kind, DateTimeOffset Time, byte RaidaId, CoinId Coin, KeyIdHash Hash);

/// <summary>What happened to a key part.</summary>
public enum KeyEventKind
{
    /// <summary>The server stored the part.</summary>
    Post,

    /// <summary>The next post overwrote the part before it was read.</summary>
    OverwriteUnread,

    /// <summary>The next post overwrote the part after it was read (raidax).</summary>
    OverwriteRead,

    /// <summary>The server returned the part.</summary>
    Get,

    /// <summary>The part expired before it was read.</summary>
    ExpireUnread,

    /// <summary>The part expired after it was read (raidax).</summary>
    ExpireRead,
}
