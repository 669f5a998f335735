namespace Rke.Architecture.Tests.Samples.Folders.Lower;

internal static class Used
{
    public static Task<int> CountAsync() => Task.FromResult(1);
}
