using System.Globalization;

namespace Rke.Replicas.Tests;

/// <summary>How much is done: with RKE_FULL=1 (tests/full/replicas) all that is promised, otherwise what takes a minute.</summary>
internal static class Scale
{
    private const int UsualRestarts = 4;

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("RKE_FULL") == "1";

    public static int Rounds => IsFull ? 100 : 3;

    public static int Posts => IsFull ? 100_000 : 5_000;

    public static int Batches => IsFull ? 100 : 5;

    /// <summary>As many as RKE_RESTARTS says (tests/full/restarts).</summary>
    public static int Restarts { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("RKE_RESTARTS"), CultureInfo.InvariantCulture, out var count)
            ? count
            : UsualRestarts;

    /// <summary>Now and then a coin is lost to a part that nobody will read.</summary>
    public static int Coins => IsFull ? 1000 : 64;
}
