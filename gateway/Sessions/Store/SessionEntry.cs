using Rke.V1;

namespace Rke.Gateway.Sessions.Store;

/// <summary>A session in this process; the store's lock guards it.</summary>
internal sealed class SessionEntry(
    ulong number, Session session, byte[] sealedKey, TimeSpan expiresAt, TimeSpan keptUntil)
{
    private byte[] _sealedKey = sealedKey;

    public ulong Number => number;

    public string Id => session.SessionId;

    public TimeSpan ExpiresAt => expiresAt;

    /// <summary>It is told of until then, whatever its state.</summary>
    public TimeSpan KeptUntil => keptUntil;

    public Session.Types.State State { get; private set; } = Session.Types.State.Waiting;

    public bool IsWaiting => State == Session.Types.State.Waiting;

    /// <summary>Nobody has ever had its key, and nobody will.</summary>
    public bool IsMissed => State == Session.Types.State.Expired;

    /// <summary>It waits no longer: its key is deleted.</summary>
    public void End(Session.Types.State state)
    {
        State = state;
        _sealedKey = [];
    }

    public StoredSession ToStored()
    {
        var copy = session.Clone();
        copy.State = State;
        return new(number, copy, _sealedKey);
    }
}
