using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Rke.Bench.Micro;

// Rke.Bench.Micro [--dry]: measures codec, cipher, matching, sends and the script of coins, and prints one row of a table for each.
// --dry runs each once, to see that it works. The benchmarks run in this process, so they need no build of their own.
var isDry = args.Contains("--dry");
var config = ManualConfig.CreateEmpty()
    .AddJob((isDry ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(NullLogger.Instance)
    .WithArtifactsPath(Path.Combine(Path.GetTempPath(), $"rke-bench-micro-{Environment.ProcessId}"))
    .WithOptions(ConfigOptions.DisableLogFile);
Type[] benchmarks =
[
    typeof(CodecBenchmarks), typeof(CipherBenchmarks), typeof(MatchingBenchmarks), typeof(SendBenchmarks), typeof(CoinScriptBenchmarks),
];
var hasFailed = false;
foreach (var benchmark in benchmarks)
{
    foreach (var report in BenchmarkRunner.Run(benchmark, config).Reports)
    {
        var name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
        var parameters = report.BenchmarkCase.Parameters.Items.Select(item => $"{item.Value} {item.Name.ToLowerInvariant()}");
        if (report.ResultStatistics is not { } result)
        {
            Console.Error.WriteLine($"'{name}' failed.");
            hasFailed = true;
            continue;
        }

        var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        Console.WriteLine(
            $"| {string.Join(", ", [name, .. parameters])} | {result.Mean:N0} ± {result.StandardError:N0} | {allocated:N0} |");
    }
}

return hasFailed ? 1 : 0;
