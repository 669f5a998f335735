namespace Rke.Raida.Keys;

/// <summary>What happened to a key part.</summary>
public enum KeyEventKind
{
    /// <summary>Stored.</summary>
    Post,

    /// <summary>A part that nobody had read was overwritten by the post that follows.</summary>
    OverwriteUnread,

    /// <summary>A part that had been read was overwritten by the post that follows (raidax).</summary>
    OverwriteRead,

    /// <summary>Handed out.</summary>
    Get,

    /// <summary>Its life ended before anyone read it.</summary>
    ExpireUnread,

    /// <summary>Its life ended after it was read (raidax).</summary>
    ExpireRead,
}
