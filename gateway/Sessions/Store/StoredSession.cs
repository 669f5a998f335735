using Rke.V1;

namespace Rke.Gateway.Sessions.Store;

/// <summary>A session as a store knows it now.</summary>
/// <param name="Number">Its place in the order of arrival, from 1.</param>
/// <param name="Session">What is known of it, its state included. A copy of the caller's own.</param>
/// <param name="SealedKey">The sealed key, while it waits and any replica can unseal it; otherwise empty.</param>
internal sealed record StoredSession(ulong Number, Session Session, ReadOnlyMemory<byte> SealedKey);
