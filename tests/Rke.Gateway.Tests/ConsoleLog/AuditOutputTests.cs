using System.Diagnostics;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Gateway.Tests.ConsoleLog;

public sealed partial class AuditOutputTests
{
    // Their lines exceed the capacity of the pipe.
    private const int Parts = 400;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_SIGTERM_a_reader_that_was_late_gets_each_line()
    {
        var port = FreePort.Next();
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"),
                $"--Rke:Grpc:Url=http://127.0.0.1:{port}", "--Rke:Http:Url=http://127.0.0.1:0",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        try
        {
            using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
            await channel.ConnectAsync(Cancelled);
            await ExchangeAsync(new RkeService.RkeServiceClient(channel), Parts);
            using (var kill = Process.Start("/bin/kill", ["-TERM", $"{process.Id}"]))
            {
                await kill.WaitForExitAsync(Cancelled);
            }

            // Nothing has read the output until now.
            var lines = (await process.StandardOutput.ReadToEndAsync(Cancelled)).TrimEnd('\n').Split('\n');
            await process.WaitForExitAsync(Cancelled);
            Assert.Equal(0, process.ExitCode);
            Assert.Equal(Parts, lines.Count(line => AuditLine().IsMatch(line)));
            Assert.All(lines, line => Assert.Matches(AnyLine(), line));
        }
        finally
        {
            process.Kill();
        }
    }

    [Theory]
    [InlineData("--Logging:LogLevel:Rke.Audit=None")]
    [InlineData("--Logging:Console:LogLevel:Rke.Audit=Warning")]
    public async Task The_levels_of_the_category_and_of_the_console_switch_the_audit_log_off(string argument)
    {
        await using var gateway = await GatewayProcess.StartAsync(argument);
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        await ExchangeAsync(new RkeService.RkeServiceClient(channel), 1);
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitAsync());

        Assert.DoesNotContain(gateway.Lines, line => line.Contains("Rke.Audit", StringComparison.Ordinal));
        Assert.NotEmpty(gateway.Lines);
    }

    [Fact]
    public async Task Lines_at_the_threshold_go_to_standard_error()
    {
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"), "--Rke:Grpc:Url=http://127.0.0.1:0",
                "--Rke:Http:Url=http://127.0.0.1:0", "--Logging:Console:LogToStandardErrorThreshold=Information",
            ])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        try
        {
            Assert.Matches(AnyLine(), await process.StandardError.ReadLineAsync(Cancelled));
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task ExchangeAsync(RkeService.RkeServiceClient client, int parts)
    {
        for (var index = 0; index < parts; index++)
        {
            var posted = await client.PostKeyAsync(
                new() { RaidaId = 0, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
            await client.GetKeyAsync(new() { RaidaId = 0, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        }
    }

    [GeneratedRegex(
        @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info: Rke\.Audit\[1600\] A key part was handed out to anonymous \(Anonymous\) from "
        + @"key server 0 of network 6; SHA-256 of its key id hash: [0-9a-f]{64}\.$",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex AuditLine();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:info|warn): [\w.]+\[\d+\] ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AnyLine();
}
