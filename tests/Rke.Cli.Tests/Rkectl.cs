using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

/// <summary>Runs the native rkectl as a process. The first use publishes it.</summary>
internal static class Rkectl
{
    /// <summary>The folder with the native program.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "rkectl");

    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    /// <summary>The path of the native program.</summary>
    public static Task<string> ProgramAsync() => Published.Value;

    public static Task<RkectlRun> RunAsync(params string[] arguments) => RunAsync("", [], arguments);

    public static async Task<RkectlRun> RunAsync(
        string input, (string Name, string Value)[] environment, params string[] arguments) =>
        await RunProgramAsync(await ProgramAsync(), arguments, input, environment);

    /// <summary>Runs rkectl on a terminal. Standard output has the output and the errors.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync((string Name, string Value)[] environment, params string[] arguments) =>
        RunOnTerminalAsync(null, environment, arguments);

    /// <summary>Runs rkectl on a terminal and in a folder.</summary>
    public static async Task<RkectlRun> RunOnTerminalAsync(
        string? folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        var program = await ProgramAsync();
        var clean = environment.Any(variable => variable.Name == "NO_COLOR") ? "" : "unset NO_COLOR; ";
        return await RunProgramAsync(
            "script",
            [
                "--quiet",
                "--return",
                "--command",
                $"stty cols 130 rows 20; {clean}{program} {string.Join(' ', arguments)}",
                "/dev/null",
            ],
            environment: [("TERM", "xterm"), .. environment],
            folder: folder);
    }

    /// <summary>Starts rkectl. The caller reads its output and waits for its end.</summary>
    public static async Task<Process> StartAsync(params string[] arguments) => Process.Start(new ProcessStartInfo(await ProgramAsync(), arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Builds with the options that leave no server behind, because it would keep standard output open.</summary>
    public static async Task BuildAsync(params string[] arguments) => (await RunProgramAsync(
        "dotnet",
        [.. arguments, "--configuration", "Release", "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false"])).Expect(0);

    // Warnings are errors, including those of the native compiler about trimming. The build of the solution runs the analyzers.
    private static async Task<string> PublishAsync()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        await BuildAsync("publish", "cli", "--runtime", "linux-x64", "--output", Folder);
        return Path.Combine(Folder, "rkectl");
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<RkectlRun> RunProgramAsync(
        string program,
        string[] arguments,
        string input = "",
        (string Name, string Value)[]? environment = null,
        string? folder = null)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in environment ?? [])
        {
            variables[name] = value;
        }

        var run = await ToolRun.RunAsync(program, arguments, input, variables, folder);
        return new(run.ExitCode, run.Output, run.Errors);
    }
}

/// <summary>The exit code and the output of one run of rkectl.</summary>
public sealed record RkectlRun(int ExitCode, string Out, string Error)
{
    public JsonNode OutJson => JsonNode.Parse(Out)!;

    public JsonNode ErrorJson => JsonNode.Parse(Error)!["error"]!;

    /// <summary>Checks the exit code. The failure message has the whole output.</summary>
    public RkectlRun Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\n{Out}\n{Error}");
        return this;
    }
}
