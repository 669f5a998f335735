namespace Rke.Gateway.Sessions.Store;

/// <summary>What became of a session that was to be stored.</summary>
internal enum SessionAddition
{
    Added,

    /// <summary>It was stored before; nothing has changed.</summary>
    Known,

    /// <summary>As many sessions wait as may wait: a session that waits is never dropped for a new one.</summary>
    Full,
}
