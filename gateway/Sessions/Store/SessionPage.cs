namespace Rke.Gateway.Sessions.Store;

/// <summary>Some of the sessions after a cursor, in order.</summary>
/// <param name="Sessions">Those that wait or have expired, perhaps also others.</param>
/// <param name="Start">Before the first of them.</param>
/// <param name="End">Behind the last of them; where there is none, <paramref name="Start"/>.</param>
/// <param name="HasGap">
/// Behind the cursor there may have been sessions that nobody claimed and that are no longer known.
/// </param>
internal sealed record SessionPage(
    IReadOnlyList<StoredSession> Sessions, SessionCursor Start, SessionCursor End, bool HasGap);
