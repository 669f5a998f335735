using System.Net;

namespace Rke.Raida.Impairments;

/// <summary>Takes a datagram on; <paramref name="remote"/> is the peer's address and is not kept.</summary>
internal delegate void Deliver(ReadOnlySpan<byte> datagram, SocketAddress remote);
