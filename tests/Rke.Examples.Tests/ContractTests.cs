namespace Rke.Examples.Tests;

/// <summary>protos/record refuses changes that break callers, and protos/document keeps the documents up to date.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-contract-");

    private static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal)
    {
        ["BUF"] = NodeTools.Buf,
        ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        ["GIT_AUTHOR_NAME"] = "test",
        ["GIT_AUTHOR_EMAIL"] = "test@example.com",
        ["GIT_COMMITTER_NAME"] = "test",
        ["GIT_COMMITTER_EMAIL"] = "test@example.com",
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("record")]
    [InlineData("document")]
    public async Task The_committed_files_are_up_to_date(string script) =>
        await ToolRun.OutputAsync(Repository.PathOf($"protos/{script}"), ["--check"]);

    [Theory]
    [InlineData("  bytes key_part = 4;\n", "", "Previously present field \"4\" with name \"key_part\"")]
    [InlineData("post: \"/v1/keys:get\"", "post: \"/v1/parts:get\"", "google.api.http option of rke.v1.RkeService/GetKey changed")]
    public async Task A_change_that_breaks_callers_is_refused(string old, string now, string problem)
    {
        await CopyAsync();
        await EditAsync(old, now);
        Assert.Contains(problem, await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_breaks_the_last_release_is_refused()
    {
        await CopyAsync();
        await EditAsync("message KeyServer {\n", "message KeyServer {\n  string released = 9;\n");
        await RunAsync("protos/record");
        await RunAsync("git", "init", "--quiet");
        await RunAsync("git", "add", ".");
        await RunAsync("git", "commit", "--quiet", "--message=release");
        await RunAsync("git", "tag", "v0.1.0");

        // The change is in the contract of the branch, as after an edit by hand.
        await EditAsync("  string released = 9;\n", "");
        File.Copy(Repository.PathOf("protos/contract.json"), Path.Combine(_folder.FullName, "protos/contract.json"), overwrite: true);
        var refusal = await RefusalAsync();
        Assert.Contains("Previously present field \"9\" with name \"released\"", refusal, StringComparison.Ordinal);
        Assert.Contains("of release v0.1.0", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_addition_is_recorded_and_then_accepted()
    {
        await CopyAsync();
        await EditAsync("message KeyServer {\n", "message KeyServer {\n  string added = 9;\n");
        Assert.Contains("contract.json is out of date", await RefusalAsync(), StringComparison.Ordinal);
        await RunAsync("protos/record");
        await RunAsync("protos/record", "--check");
    }

    private Task<string> CopyAsync() => ToolRun.OutputAsync("cp", ["-r", Repository.PathOf("protos"), _folder.FullName]);

    private async Task EditAsync(string old, string now)
    {
        var path = Path.Combine(_folder.FullName, "protos/rke/v1/rke.proto");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            path, text.Replace(old, now, StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }

    private async Task<string> RefusalAsync()
    {
        var run = await ToolRun.RunAsync(
            Path.Combine(_folder.FullName, "protos/record"), ["--check"], environment: Environment, folder: _folder.FullName);
        Assert.Equal(1, run.ExitCode);
        return run.All;
    }

    private Task<string> RunAsync(string program, params string[] arguments) => ToolRun.OutputAsync(
        program.StartsWith("protos/", StringComparison.Ordinal) ? Path.Combine(_folder.FullName, program) : program,
        arguments,
        environment: Environment,
        folder: _folder.FullName);
}
