namespace Rke.Examples.Tests;

/// <summary>The templates protos/buf.gen.*.yaml generate code with the names that the package options promise.</summary>
public sealed class GeneratedCodeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-generated-");

    public static TheoryData<string, string, string> Templates => new()
    {
        { "cpp", "rke/v1/session.grpc.pb.h", "namespace rke {\nnamespace v1 {" },
        { "csharp", "Rke/V1/SessionGrpc.cs", "namespace Rke.V1 {" },
        { "go", "rke/v1/session_grpc.pb.go", "package rkev1" },
        { "java", "rke/v1/RkeSessionServiceGrpc.java", "package rke.v1;" },
        { "php", "Rke/V1/RkeSessionServiceClient.php", "namespace Rke\\V1;" },
        { "python", "rke/v1/session_pb2_grpc.py", "from rke.v1 import session_pb2" },
        { "ruby", "rke/v1/session_services_pb.rb", "module Rke\n  module V1" },
        { "typescript", "rke/v1/session_pb.ts", "rke.v1.RkeSessionService" },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_template_is_tested() => Assert.Equal(
        Directory.EnumerateFiles(Repository.PathOf("protos"), "buf.gen.*.yaml").Select(path => Path.GetFileName(path).Split('.')[2]).Order(),
        Templates.Select(row => row.Data.Item1).Order());

    [Theory, MemberData(nameof(Templates))]
    public async Task A_template_generates_clients_with_the_package_of_the_language(string language, string file, string expected)
    {
        await ToolRun.OutputAsync(
            NodeTools.Buf,
            ["generate", "--template", $"protos/buf.gen.{language}.yaml", "-o", _folder.FullName],
            environment: NodeTools.Environment);
        Assert.Contains(expected, await File.ReadAllTextAsync(
            Path.Combine(_folder.FullName, "gen", file), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
