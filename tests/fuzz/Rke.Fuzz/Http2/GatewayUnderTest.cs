using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Rke.Fuzz.Http2;

/// <summary>A gateway as a child process with a limited heap, and the properties that it keeps under attack.</summary>
internal sealed partial class GatewayUnderTest : IAsyncDisposable
{
    private const string HeapLimit = "0x18000000"; // 384 MiB
    private const long MemoryLimit = 768L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly TaskCompletionSource<(Uri Grpc, Uri Http)> _addresses = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentQueue<string> _lastLines = new();
    private GrpcChannel? _channel;
    private long _lines;

    private GatewayUnderTest()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"),
                "--Rke:Grpc:Url=http://127.0.0.1:0",
                "--Rke:Http:Url=http://127.0.0.1:0",
                "--Rke:Dns:Resolver=127.0.0.1:9",
            },
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address => _addresses.Task.Result.Grpc;

    /// <summary>The number of log lines so far.</summary>
    public long Lines => Interlocked.Read(ref _lines);

    /// <summary>The maximum of the resident memory so far, in MiB.</summary>
    public long PeakMemory { get; private set; }

    public static async Task<GatewayUnderTest> StartAsync()
    {
        var gateway = new GatewayUnderTest();
        var (address, _) = await gateway._addresses.Task.WaitAsync(Patience);
        gateway._channel = GrpcChannel.ForAddress(address);
        return gateway;
    }

    /// <summary>Checks the gateway. Returns what is wrong, or null.</summary>
    public async Task<string?> FindProblemAsync()
    {
        if (_process.HasExited)
        {
            return $"The gateway ended with code {_process.ExitCode}.\n{string.Join('\n', _lastLines)}";
        }

        if (_failures.TryPeek(out var failure))
        {
            return $"The gateway logged an error: {failure}";
        }

        PeakMemory = ReadPeakMemory() >> 20;
        if (PeakMemory > MemoryLimit >> 20)
        {
            return $"The gateway used {PeakMemory} MiB, more than {MemoryLimit >> 20}.";
        }

        using var channel = GrpcChannel.ForAddress(Address);
        return await FindCallProblemAsync(_channel!, "an old connection") ?? await FindCallProblemAsync(channel, "a new connection");
    }

    /// <summary>The number of calls that the gateway has counted, whatever their result.</summary>
    public async Task<double> CountCallsAsync()
    {
        using var client = new HttpClient { BaseAddress = _addresses.Task.Result.Http };
        var metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("rke_grpc_requests_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<string?> FindCallProblemAsync(GrpcChannel channel, string connection)
    {
        try
        {
            var response = await new Health.HealthClient(channel).CheckAsync(
                new(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Patience);
            return response.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : $"The health is {response.Status}.";
        }
        catch (RpcException exception)
        {
            return $"A call on {connection} failed: {exception.Status}";
        }
    }

    private long ReadPeakMemory()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmHWM:".Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) << 10;
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        Interlocked.Increment(ref _lines);
        _lastLines.Enqueue(line);
        if (_lastLines.Count > 20)
        {
            _lastLines.TryDequeue(out _);
        }

        if (AddressLine().Match(line) is { Success: true } match)
        {
            _addresses.TrySetResult((new(match.Groups["grpc"].Value), new(match.Groups["http"].Value)));
        }
        else if (ErrorLine().IsMatch(line))
        {
            _failures.Enqueue(line);
        }
    }

    [GeneratedRegex("serves gRPC at (?<grpc>http://[0-9.:]+), and health and metrics at (?<http>http://[0-9.]+:[0-9]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex AddressLine();

    [GeneratedRegex("^[^ ]+ (fail|crit): |Unhandled exception", RegexOptions.ExplicitCapture)]
    private static partial Regex ErrorLine();
}
