using System.Diagnostics;
using System.Text.RegularExpressions;
using Rke.Bench.EchoServer;

namespace Rke.Grpc.Tests.Server;

/// <summary>Counts what a call costs in a server of its own, from HTTP/2 to the handler and back.</summary>
public sealed partial class AllocationTests
{
    private const int Calls = 60_000;

    // The message 32, its ByteString 32, 16 bytes 40 and the handler's task 72 are 176 bytes; the call itself has none.
    // The rest is the share of the server's start in each call.
    private const int MostBytesPerCall = 260;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unary_call_allocates_its_message_only()
    {
        var payload = Path.GetTempFileName();
        await File.WriteAllBytesAsync(payload, RawClient.Frame([0x0a, 16, .. new byte[16]]), Token);
        using var server = Start("dotnet", typeof(EchoMessage).Assembly.Location, "0", "--until-eof");
        var listening = await server.StandardOutput.ReadLineAsync(Token);
        var address = Assert.Single(Listening().Matches(listening ?? "")).Groups["address"].Value;
        using var load = Start(
            "h2load",
            "-c", "4", "-m", "16", "-n", $"{Calls}", "-d", payload,
            "--header", "content-type: application/grpc", "--header", "te: trailers",
            $"http://{address}/rke.bench.EchoService/Echo");
        var result = await load.StandardOutput.ReadToEndAsync(Token);
        Assert.Contains($"{Calls} succeeded", result, StringComparison.Ordinal);

        server.StandardInput.Close();
        var report = await server.StandardOutput.ReadToEndAsync(Token);
        var bytes = long.Parse(Assert.Single(Allocated().Matches(report)).Groups["bytes"].Value);
        Assert.True(bytes / Calls < MostBytesPerCall, $"{bytes / Calls} bytes a call");
        File.Delete(payload);
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    [GeneratedRegex("^listening (?<address>.+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();

    [GeneratedRegex("^allocated (?<bytes>[0-9]+) bytes", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Allocated();
}
