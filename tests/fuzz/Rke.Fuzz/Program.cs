using System.Diagnostics;
using Rke.Fuzz.Driving;

namespace Rke.Fuzz;

/// <summary>
/// Fuzzes one target. The first process watches a second one, which runs the target in an instrumented copy of the program. The
/// second process can crash.
/// </summary>
internal static class Program
{
    private const string ChildMark = "RKE_FUZZ_CHILD";
    private const string HeapLimit = "0x40000000"; // 1 GiB

    private const string Usage =
        $"""
        Rke.Fuzz list
        Rke.Fuzz TARGET {FuzzOptions.Usage}
        Rke.Fuzz --replay TARGET FILE...
        """;

    public static int Main(string[] args)
    {
        if (args is [] or ["--help" or "-h"])
        {
            Console.WriteLine(Usage);
            return 2;
        }

        if (args is ["list"] or [Http2.Http2Command.Name, ..] || Environment.GetEnvironmentVariable(ChildMark) is not null)
        {
            return RunInstrumented(args);
        }

        var code = RunChild(args);
        return code is 0 or 1 or 2 ? code : Command.ReportCrash(args, code);
    }

    private static int RunInstrumented(string[] args)
    {
        CoverageMap.Allocate();
        var program = new InstrumentedContext().LoadFromAssemblyName(typeof(Program).Assembly.GetName());
        var run = program.GetType(typeof(Command).FullName!)!.GetMethod(nameof(Command.Run))!;
        return run.CreateDelegate<Func<string[], int>>()(args);
    }

    private static int RunChild(string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{typeof(Program).Assembly.GetName().Name}.dll"));
        }

        foreach (var argument in args)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[ChildMark] = "1";
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var child = Process.Start(start)!;
        child.WaitForExit();
        return child.ExitCode;
    }
}
