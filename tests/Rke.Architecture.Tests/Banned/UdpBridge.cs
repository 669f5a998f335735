// Uses every symbol of the list of Rke.UdpBridge once. BannedSymbolsTests compiles it and counts the errors.
internal static class UdpBridge
{
    public static int Number() => Random.Shared.Next();

    public static Guid Id() => Guid.NewGuid();
}
