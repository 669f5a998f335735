using System.Globalization;

namespace Rke.Fuzz.Driving;

/// <summary>The command line after the name of the target.</summary>
/// <param name="Time">The time to run. Null if the number of executions decides.</param>
/// <param name="Executions">The number of executions. Null if the time decides.</param>
/// <param name="Seed">Decides all inputs of a run.</param>
/// <param name="Folder">The folder for findings and for inputs with new coverage.</param>
internal sealed record FuzzOptions(TimeSpan? Time, long? Executions, int Seed, string Folder)
{
    public const string Usage =
        "[--seconds N | --executions N] [--seed N] [--folder PATH]";

    /// <exception cref="FormatException">The command line is invalid.</exception>
    public static FuzzOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new FuzzOptions(null, null, 1, Path.Combine("artifacts", "fuzz"));
        for (var index = 0; index < arguments.Count; index += 2)
        {
            if (index + 1 == arguments.Count)
            {
                throw new FormatException($"{arguments[index]} needs a value.");
            }

            var value = arguments[index + 1];
            options = arguments[index] switch
            {
                "--seconds" => options with { Time = TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture)) },
                "--executions" => options with { Executions = long.Parse(value, CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = int.Parse(value, CultureInfo.InvariantCulture) },
                "--folder" => options with { Folder = value },
                var unknown => throw new FormatException($"{unknown} is not an option. Write {Usage}."),
            };
        }

        return options.Time is null && options.Executions is null ? options with { Time = TimeSpan.FromSeconds(10) } : options;
    }
}
