using System.Text.Json.Nodes;

namespace Rke.Deployment.Tests.Image;

/// <summary>The official Python client with stubs from protos/.</summary>
internal sealed class PythonClient : IDisposable
{
    private readonly DirectoryInfo _stubs = Directory.CreateTempSubdirectory("rke-stubs-");

    public static async Task<PythonClient> MakeAsync()
    {
        var client = new PythonClient();
        await ToolRun.OutputAsync(
            "/usr/bin/protoc",
            [
                "-I", Repository.PathOf("protos"),
                "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
                $"--python_out={client._stubs.FullName}", $"--grpc_python_out={client._stubs.FullName}",
                "rke/v1/rke.proto", "google/api/annotations.proto", "google/api/http.proto",
            ]);
        return client;
    }

    /// <summary>Posts a part to a key server and gets it back; gives the server's address.</summary>
    public async Task<string> ExchangeAsync(string target, int raidaId)
    {
        var script = Repository.PathOf("tests", "polyglot", "python", "exchange_client.py");
        var output = await ToolRun.OutputAsync("/usr/bin/python3", [script, target, _stubs.FullName, $"{raidaId}"]);
        var answer = JsonNode.Parse(output)!;
        Assert.True((bool)answer["same"]!);
        return (string)answer["server"]!;
    }

    public void Dispose() => _stubs.Delete(recursive: true);
}
