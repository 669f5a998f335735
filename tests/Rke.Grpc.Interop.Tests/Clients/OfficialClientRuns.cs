using System.Collections.Concurrent;
using System.Text.Json;

namespace Rke.Grpc.Interop.Tests;

/// <summary>Each client runs once a route, for all cases in one process; the tests read what it printed.</summary>
public sealed class OfficialClientRuns(InteropEnvironment environment)
{
    private readonly ConcurrentDictionary<(OfficialClient, Route), Lazy<Task<IReadOnlyList<CaseResult>>>> _runs = new();

    public Task<IReadOnlyList<CaseResult>> ResultsAsync(OfficialClient client, Route route) =>
        _runs.GetOrAdd((client, route), _ => new(() => RunAsync(client, route))).Value;

    /// <summary>What the server saw of a case whose call is cancelled.</summary>
    public TestimonyOfCall TestimonyOf(OfficialClient client, Route route, string name) =>
        environment.Server.Witness.Of($"{NameOfRun(client, route)}/{name}");

    private static string NameOfRun(OfficialClient client, Route route) => $"{client}-{route}";

    private async Task<IReadOnlyList<CaseResult>> RunAsync(OfficialClient client, Route route)
    {
        var target = environment.Target(route);
        var run = NameOfRun(client, route);
        var output = client switch
        {
            OfficialClient.Python => await RunPythonAsync(target, run),
            OfficialClient.Node => await ToolRun.OutputAsync(
                "node",
                ["interop_client.js", target, RepositoryPaths.Protos, run],
                folder: RepositoryPaths.NodeFolder),
            _ => throw new ArgumentOutOfRangeException(nameof(client)),
        };
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<CaseResult>(line)!)];
    }

    private async Task<string> RunPythonAsync(string target, string run)
    {
        var stubs = Directory.CreateDirectory(Path.Combine(environment.Folder, run)).FullName;
        await ToolRun.OutputAsync("/usr/bin/protoc",
        [
            "-I", RepositoryPaths.Protos,
            "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
            "--python_out=" + stubs,
            "--grpc_python_out=" + stubs,
            .. Directory.EnumerateFiles(RepositoryPaths.Protos, "*.proto", SearchOption.AllDirectories),
        ]);
        return await ToolRun.OutputAsync("/usr/bin/python3", ["-B", RepositoryPaths.PythonClient, target, stubs, run]);
    }
}
