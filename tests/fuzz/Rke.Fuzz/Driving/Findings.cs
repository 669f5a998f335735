using System.Security.Cryptography;

namespace Rke.Fuzz.Driving;

/// <summary>The inputs for which a target failed, as files.</summary>
internal sealed class Findings(FuzzTarget target, string folder)
{
    /// <summary>The folder of the target.</summary>
    public string Folder { get; } = Path.Combine(folder, target.Name);

    /// <summary>Writes the input to a file, and describes the failure and how to repeat it.</summary>
    public void Report(string kind, string reason, ReadOnlySpan<byte> input)
    {
        Directory.CreateDirectory(Folder);
        var path = Path.Combine(Folder, $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        Console.WriteLine($"{target.Name}: FAILED: {reason}");
        Console.WriteLine($"{target.Name}: input of {input.Length} bytes: {path}");
        Console.WriteLine($"{target.Name}: repeat it with: tests/full/fuzz --replay {target.Name} {path}");
    }
}
