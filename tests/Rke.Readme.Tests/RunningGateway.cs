using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The gateway as a newcomer starts it: without any configuration, but on ports that are free.</summary>
public sealed partial class RunningGateway : IAsyncLifetime
{
    private Process? _process;

    /// <summary>Host and port of the gRPC service.</summary>
    public string Address { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Stubs.MakeAsync();
        _process = Process.Start(Command.Start(
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"),
            "--Rke:Grpc:Url=http://127.0.0.1:0",
            "--Rke:Http:Url=http://127.0.0.1:0"))!;
        var printed = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            printed.Add(line);
            if (Served().Match(line) is { Success: true } match)
            {
                Address = match.Groups["address"].Value;
                _process.OutputDataReceived += static (_, _) => { };
                _process.BeginOutputReadLine();
                return;
            }
        }

        throw new InvalidOperationException($"The gateway did not start.\n{string.Join('\n', printed)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(Stubs.Folder, recursive: true);
    }

    [GeneratedRegex("gRPC is served at http://(?<address>[^,]+),", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Served();
}
