using Rke.Fuzz.Driving;
using Rke.Fuzz.Http2;
using Rke.Fuzz.Targets;

namespace Rke.Fuzz;

/// <summary>The commands. The instrumented copy of the program runs them.</summary>
public static class Command
{
    private static IEnumerable<FuzzTarget> Targets => TargetList.Create();

    public static int Run(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["list"]:
                    Console.WriteLine(string.Join('\n', Targets.Select(target => target.Name).Append(Http2Command.Name)));
                    return 0;
                case ["--replay", var name, .. var paths]:
                    using (var run = new FuzzRun(Find(name), FuzzOptions.Parse([])))
                    {
                        return run.Replay(paths);
                    }

                case [Http2Command.Name, .. var rest]:
                    return Http2Command.RunAsync(FuzzOptions.Parse(rest)).GetAwaiter().GetResult();
                case [var name, .. var rest]:
                    using (var run = new FuzzRun(Find(name), FuzzOptions.Parse(rest)))
                    {
                        return run.Run();
                    }

                default:
                    return 2;
            }
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }
    }

    /// <summary>Reports the input of a process that crashed.</summary>
    internal static int ReportCrash(string[] args, int exitCode)
    {
        var isReplay = args[0] == "--replay";
        var target = Find(isReplay ? args[1] : args[0]);
        var findings = new Findings(target, FuzzOptions.Parse(isReplay ? [] : args[1..]).Folder);
        var reason = $"The process ended with code {exitCode}.";
        if (CurrentInput.Recover(findings.Folder) is { } input)
        {
            findings.Report("crash", reason, input);
        }
        else
        {
            Console.WriteLine($"{target.Name}: FAILED: {reason} It did not run an input.");
        }

        return 1;
    }

    private static FuzzTarget Find(string name) =>
        Targets.Concat(PlantedFault.All).FirstOrDefault(target => target.Name == name)
        ?? throw new FormatException($"{name} is not a target. 'Rke.Fuzz list' prints the targets.");
}
