using System.Globalization;

namespace Rke.Replicas.Tests;

/// <summary>The size of the tests: the promised numbers with RKE_FULL=1 (tests/full/replicas), or about a minute.</summary>
internal static class Scale
{
    private const int DefaultRestarts = 2;

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("RKE_FULL") == "1";

    public static int Rounds => IsFull ? 100 : 3;

    public static int Posts => IsFull ? 100_000 : 5_000;

    public static int Batches => IsFull ? 100 : 5;

    /// <summary>The number of restarts: RKE_RESTARTS (tests/full/restarts).</summary>
    public static int Restarts { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("RKE_RESTARTS"), CultureInfo.InvariantCulture, out var count)
            ? count
            : DefaultRestarts;

    /// <summary>The duration of the soak test: RKE_SOAK, in seconds (tests/full/soak).</summary>
    public static TimeSpan Soak { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("RKE_SOAK"), CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;

    /// <summary>How long the soak test measures the maximum rate.</summary>
    public static TimeSpan SoakWarmUp => TimeSpan.FromSeconds(Soak > TimeSpan.Zero ? 20 : 3);

    /// <summary>The pause between two disturbances of the soak test.</summary>
    public static TimeSpan SoakPause => TimeSpan.FromSeconds(Soak > TimeSpan.Zero ? 12 : 2);

    /// <summary>How long the key servers of the soak test keep a part.</summary>
    public static TimeSpan SoakKeyLifetime => TimeSpan.FromSeconds(Soak > TimeSpan.Zero ? 30 : 10);

    /// <summary>How long a replica of the soak test may take to be ready on a busy machine.</summary>
    public static TimeSpan SoakStart => TimeSpan.FromMinutes(3);

    /// <summary>The number of coins. Some of them stay occupied by parts that no caller reads.</summary>
    public static int Coins => IsFull ? 1000 : 64;
}
