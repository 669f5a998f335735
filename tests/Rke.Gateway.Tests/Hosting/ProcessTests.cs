using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Rke.Gateway.Tests.Hosting;

/// <summary>The program, started like an operator starts it.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task The_demonstration_succeeds_and_shows_no_stack_trace()
    {
        var (code, output, errors) = await RunAsync("demo");
        Assert.True(code == 0, output + errors);
        Assert.Contains("The third party found no piece of the key.", output, StringComparison.Ordinal);
        Assert.Contains("Both sides hold the same key.", output, StringComparison.Ordinal);
        Assert.Contains("196 bytes", output, StringComparison.Ordinal);

        // The paths of four parts, the Signal and the lookup. A slow server can be replaced by another one.
        var paths = Regex.Match(output, @"saw +\d+ datagrams, \d+ bytes, on (?<count>\d+) paths", RegexOptions.ExplicitCapture);
        Assert.InRange(int.Parse(paths.Groups["count"].Value), 6, 10);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task An_invalid_configuration_is_reported_in_plain_lines()
    {
        var (code, output, errors) = await RunAsync("--Rke:Grpc:Url=nowhere", "--Rke:Networks:0:Id=6");
        Assert.Equal(1, code);
        Assert.Contains("Rke:Grpc:Url is 'nowhere': ", errors, StringComparison.Ordinal);
        Assert.Contains("Rke:Networks:0:Servers:0:", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_reported_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, output, errors) = await RunAsync($"--Rke:Grpc:Url=http://127.0.0.1:{port}", "--Rke:Http:Url=http://127.0.0.1:0");
        Assert.Equal(2, code);
        Assert.Contains($"127.0.0.1:{port}", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_reported_in_one_line()
    {
        var (code, output, errors) = await RunAsync("--Rke:Grpc:Url=http://192.0.2.1:50051", "--Rke:Http:Url=http://127.0.0.1:0");
        Assert.Equal(2, code);
        Assert.Contains("Rke:Grpc:Url", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_file_that_is_not_JSON_is_reported_in_plain_lines()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var file = Path.Combine(folder.FullName, "appsettings.json");
            await File.WriteAllTextAsync(file, "{ \"Rke\": { \"Grpc\": ", TestContext.Current.CancellationToken);
            var (code, output, errors) = await RunAsync($"--contentRoot={folder.FullName}");
            Assert.Equal(1, code);
            Assert.Contains(file, errors, StringComparison.Ordinal);
            Assert.Contains("JSON", errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(1, "dmeo")]
    [InlineData(1, "demo", "now")]
    [InlineData(0, "--help")]
    public async Task An_unknown_command_starts_nothing(int expected, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.Equal(expected, code);
        Assert.StartsWith("Usage:", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_stops_the_program()
    {
        await using var gateway = await GatewayProcess.StartAsync();
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitAsync());
    }

    // With a new Redis, the gateway waits 0.6 s after this line before it listens.
    [Fact]
    public async Task SIGTERM_during_the_start_ends_the_program_without_an_error()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var process = ServerProcess.OfRepository(
            "Rke.Gateway",
            [
                "--Rke:Grpc:Url=http://127.0.0.1:0", "--Rke:Http:Url=http://127.0.0.1:0",
                $"--Rke:Redis:Endpoints={redis.Endpoint}", "--Rke:Redis:Timeout=00:00:05",
            ]);
        await process.WaitForAsync("The shared state is available");
        process.Signal("TERM");
        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.DoesNotContain(process.Lines, line => line.Contains("exception", StringComparison.OrdinalIgnoreCase));
    }

    private static Task<ToolRun> RunAsync(params string[] arguments) =>
        ToolRun.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"), .. arguments]);
}
