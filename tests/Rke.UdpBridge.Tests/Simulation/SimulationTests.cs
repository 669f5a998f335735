using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Rke.UdpBridge.Core;

namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>
/// The properties of the core, on simulated networks. tests/full/simulation runs many more seeds, and replays one.
/// </summary>
public class SimulationTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 20_000;
    private const int ShownFailures = 5;

    [Fact]
    public void The_properties_hold_on_every_simulated_network()
    {
        if (Setting("RKE_SEED") is { } replayed)
        {
            using var server = new ModelKeyServer();
            SimulatedRun.Run(replayed, server, output.WriteLine);
            return;
        }

        var seeds = (int)(Setting("RKE_SEEDS") ?? DefaultSeeds);
        var watch = Stopwatch.StartNew();
        var totals = new Totals();
        var failures = new ConcurrentBag<(int Seed, string Message)>();
        Parallel.ForEach(Partitioner.Create(1, seeds + 1), range =>
        {
            using var server = new ModelKeyServer();
            var own = new Totals();
            for (var seed = range.Item1; seed < range.Item2; seed++)
            {
                try
                {
                    own.Add(SimulatedRun.Run((ulong)seed, server));
                }
                catch (Exception exception)
                {
                    failures.Add((seed, exception.Message));
                }
            }

            totals.Add(own);
        });

        output.WriteLine(totals.Describe(seeds, watch.Elapsed));
        var shown = failures.OrderBy(static failure => failure.Seed).Take(ShownFailures).Select(static failure =>
            $"Seed {failure.Seed}: {failure.Message} Replay it with: tests/full/simulation --seed {failure.Seed}");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {seeds} seeds fail.\n{string.Join('\n', shown)}");

        // The scenarios reach every outcome, and the breaker opens and closes.
        Assert.All(totals.Outcomes, static count => Assert.NotEqual(0, count));
        Assert.NotEqual(0, totals.BreakerChanges);
        Assert.All(totals.Replacements, static count => Assert.NotEqual(0, count));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        using var server = new ModelKeyServer();
        using var other = new ModelKeyServer();
        var hashes = new HashSet<ulong>();
        for (var seed = 1UL; seed <= 500; seed++)
        {
            var hash = SimulatedRun.Run(seed, server).Hash;
            Assert.Equal(hash, SimulatedRun.Run(seed, other).Hash);
            Assert.True(hashes.Add(hash), $"Seed {seed} gives the run of another seed.");
        }
    }

    private static ulong? Setting(string name) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private sealed class Totals
    {
        private long _datagrams;

        public long[] Outcomes { get; } = new long[Enum.GetValues<ExchangeOutcome>().Length + 1];

        public long BreakerChanges { get; private set; }

        public long[] Replacements { get; } = new long[Enum.GetValues<ReplacementReason>().Length];

        public void Add(SimulatedRun run)
        {
            _datagrams += run.Datagrams;
            BreakerChanges += run.BreakerChanges;
            for (var index = 0; index < Replacements.Length; index++)
            {
                Replacements[index] += run.Replacements[index];
            }

            for (var index = 0; index < Outcomes.Length; index++)
            {
                Outcomes[index] += run.Outcomes[index];
            }
        }

        public void Add(Totals other)
        {
            lock (Outcomes)
            {
                _datagrams += other._datagrams;
                BreakerChanges += other.BreakerChanges;
                for (var index = 0; index < Replacements.Length; index++)
                {
                    Replacements[index] += other.Replacements[index];
                }

                for (var index = 0; index < Outcomes.Length; index++)
                {
                    Outcomes[index] += other.Outcomes[index];
                }
            }
        }

        private static string Name(int index) =>
            Enum.IsDefined((ExchangeOutcome)index) ? ((ExchangeOutcome)index).ToString() : "Cancelled";

        public string Describe(int seeds, TimeSpan time)
        {
            var outcomes = Outcomes.Select(static (count, index) =>
                $"{count:N0} {Name(index)}");
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{seeds:N0} runs in {time.TotalSeconds:F1} s ({seeds / time.TotalSeconds:N0}/s), "
                + $"{Outcomes.Sum():N0} exchanges: {string.Join(", ", outcomes)}; {_datagrams:N0} datagrams sent; "
                + $"the breaker opened or closed {BreakerChanges:N0} times; {Replacements.Sum():N0} paths were replaced");
        }
    }
}
