using Rke.Architecture.Tests.Samples.Folders.Lower;

namespace Rke.Architecture.Tests.Samples.Folders.Upper;

internal sealed class UsesLower
{
    public static async Task<int> RunAsync() => await Used.CountAsync() + 1;
}
