using Rke.Wire;

namespace Rke.Architecture.Tests.Samples;

/// <summary>
/// The types in this file use a wire type, some in constructs that the compiler moves to another type.
/// </summary>
internal sealed class WireInField(Challenge challenge)
{
    public Challenge Challenge => challenge;
}

internal sealed class WireInAsyncMethod
{
    public static async Task<bool> RunAsync(Task<byte[]> source)
    {
        var bytes = await source;
        return Challenge.TryRead(bytes, out _);
    }
}

internal sealed class WireInLambda
{
    public Func<byte[], bool> Read { get; } = bytes => Challenge.TryRead(bytes, out _);
}

internal sealed class WireInLocalFunction
{
    public static bool Run(byte[] bytes)
    {
        return Inner();

        bool Inner() => Challenge.TryRead(bytes, out _);
    }
}

internal sealed class WireInIterator
{
    public static IEnumerable<bool> Run(byte[] bytes)
    {
        yield return Challenge.TryRead(bytes, out _);
    }
}

internal sealed class WireInNestedType
{
    internal sealed class Inner
    {
        public static bool Run(byte[] bytes) => Challenge.TryRead(bytes, out _);
    }
}

internal sealed class WireInTypeArgument
{
    public List<Challenge> Challenges { get; } = [];
}

internal sealed class WireVocabulary(AuthenticityNumber number)
{
    public AuthenticityNumber Number => number;
}
