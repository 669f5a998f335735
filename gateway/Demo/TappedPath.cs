namespace Rke.Gateway.Demo;

/// <summary>Where a wiretap sits: before a key server, the receiver's signalling service, or the name server.</summary>
/// <param name="RaidaId">The key server's number; null elsewhere.</param>
/// <param name="Name">What is behind it.</param>
internal sealed record TappedPath(byte? RaidaId, string Name)
{
    public static TappedPath Names { get; } = new(null, "name server");

    public static TappedPath Signal { get; } = new(null, "signalling service");

    public static TappedPath To(byte raidaId) => new(raidaId, $"key server {raidaId,2}");
}
