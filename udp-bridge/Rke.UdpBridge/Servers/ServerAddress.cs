using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>A key server, or the signalling service of a receiver.</summary>
/// <param name="Profile">The wire profile of its network.</param>
/// <param name="Network">The coin id of its network. 6 is CloudCoin.</param>
/// <param name="RaidaId">0-24. 0 for a signalling service.</param>
/// <param name="EndPoint">Its IPv4 or IPv6 address, and its port.</param>
public sealed record ServerAddress(WireProfile Profile, ushort Network, byte RaidaId, IPEndPoint EndPoint);
