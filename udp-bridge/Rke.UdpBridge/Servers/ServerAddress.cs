using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>A key server or a receiver's signalling service: how it speaks, who it is, where it listens.</summary>
/// <param name="Profile">The network's dialect.</param>
/// <param name="Network">Coin id; 6 is CloudCoin.</param>
/// <param name="RaidaId">0-24; 0 for a signalling service.</param>
/// <param name="EndPoint">IPv4 or IPv6.</param>
public sealed record ServerAddress(WireProfile Profile, ushort Network, byte RaidaId, IPEndPoint EndPoint);
