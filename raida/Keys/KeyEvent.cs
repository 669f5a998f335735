using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>An entry of a server's history, without key bytes: for tests that ask what became of every part.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Time">When, by the server's clock.</param>
/// <param name="RaidaId">On which server.</param>
/// <param name="Coin">The coin under which the part was posted.</param>
/// <param name="Hash">HS, the MD5 of the key id.</param>
public readonly record struct KeyEvent(
    KeyEventKind Kind, DateTimeOffset Time, byte RaidaId, CoinId Coin, KeyIdHash Hash);
