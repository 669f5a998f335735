using System.Text.Json;

namespace Rke.Grpc.Interop.Tests;

/// <summary>buf curl learns the services through reflection.</summary>
public sealed class BufCurlTests(InteropEnvironment environment)
{
    public static IReadOnlyList<string> Services { get; } =
    [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "rke.v1.RkeService", "rke.v1.RkeSessionService",
    ];

    [Theory]
    [InlineData("grpc-v1", Route.Direct)]
    [InlineData("grpc-v1alpha", Route.Direct)]
    [InlineData("grpc-v1", Route.Nginx)]
    [InlineData("grpc-v1", Route.Haproxy)]
    public async Task Lists_services(string reflection, Route route)
    {
        var output = await CurlAsync(reflection, route, "", "--list-services");

        Assert.Equal(Services, Lines(output));
    }

    [Theory]
    [InlineData("grpc-v1")]
    [InlineData("grpc-v1alpha")]
    public async Task Lists_methods(string reflection)
    {
        var output = await CurlAsync(reflection, Route.Direct, "", "--list-methods");

        Assert.Contains("rke.v1.RkeService/PostKey", Lines(output));
        Assert.Contains("grpc.health.v1.Health/Watch", Lines(output));
    }

    [Theory]
    [InlineData("grpc-v1", Route.Direct)]
    [InlineData("grpc-v1alpha", Route.Direct)]
    [InlineData("grpc-v1", Route.Nginx)]
    [InlineData("grpc-v1", Route.Haproxy)]
    public async Task Calls_a_method(string reflection, Route route)
    {
        var output = await CurlAsync(
            reflection, route, "/rke.v1.RkeService/PostKey", "--data", """{"raida_id": 3, "key_part": "AAECAwQFBgc="}""");

        using var answer = JsonDocument.Parse(output);
        Assert.Equal(3, answer.RootElement.GetProperty("raidaId").GetInt32());
    }

    [Fact]
    public async Task Calls_health()
    {
        var output = await CurlAsync("grpc-v1", Route.Direct, "/grpc.health.v1.Health/Check", "--data", "{}");

        using var answer = JsonDocument.Parse(output);
        Assert.Equal("SERVING", answer.RootElement.GetProperty("status").GetString());
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<string> CurlAsync(string reflection, Route route, string path, params string[] more) =>
        ToolRun.OutputAsync(RepositoryPaths.Buf,
        [
            "curl", "--http2-prior-knowledge", "--protocol", "grpc", "--reflect", "--reflect-protocol", reflection,
            .. more, "http://" + environment.Target(route) + path,
        ]);
}
