namespace Rke.Architecture.Tests.Samples;

internal sealed class CoinManager;

internal sealed record ByteUtil(int Count);

internal sealed class BridgeImpl<T>
{
    public T? Value { get; init; }
}

internal interface IKeyHelpers;

internal sealed class Outer
{
    internal sealed class KeyUtilities;
}

internal sealed class Implicit;
