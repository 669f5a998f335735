namespace Rke.Gateway.Dns;

/// <summary>Where random bytes come from: the system's generator, or a seeded one in tests.</summary>
internal delegate void FillRandom(Span<byte> destination);
