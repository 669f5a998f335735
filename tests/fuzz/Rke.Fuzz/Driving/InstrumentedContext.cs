using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using dnlib.DotNet;
using dnlib.DotNet.Emit;
using SharpFuzz.Common;

namespace Rke.Fuzz.Driving;

/// <summary>
/// Loads this program a second time, with code that SharpFuzz instrumented. Instrumented code counts in the map of
/// <see cref="Trace"/> how often each edge runs. The build output stays unchanged.
/// </summary>
internal sealed class InstrumentedContext() : AssemblyLoadContext("instrumented")
{
    // The parsers that read bytes from outside, and the libraries that they give these bytes to.
    private static readonly Dictionary<string, string[]> CodeUnderTest = new(StringComparer.Ordinal)
    {
        ["Rke.Wire"] = ["Rke.Wire."],
        ["Rke.Dns"] = ["Rke.Dns."],
        ["Rke.Lookup"] = ["Rke.Lookup."],
        ["Rke.Gateway"] =
        [
            "Rke.Gateway.Identity.", "Rke.Gateway.Policy.", "Rke.Gateway.Signals.", "Rke.Gateway.Sessions.", "Rke.Gateway.Listening.",
        ],
        ["Microsoft.IdentityModel.JsonWebTokens"] = ["Microsoft.IdentityModel."],
        ["Microsoft.IdentityModel.Tokens"] = ["Microsoft.IdentityModel."],
        ["Rke.Fuzz.Planted"] = ["Rke.Fuzz.Planted."],
    };

    private static readonly string Cache = Path.Combine(AppContext.BaseDirectory, "instrumented");

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll");
        if (assemblyName.Name == typeof(Trace).Assembly.GetName().Name || !File.Exists(path))
        {
            return null;
        }

        return LoadFromAssemblyPath(
            CodeUnderTest.TryGetValue(assemblyName.Name!, out var prefixes) ? Instrument(path, prefixes) : path);
    }

    // The result depends only on the assembly, so it is kept for the next run.
    private static string Instrument(string path, string[] prefixes)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16];
        var folder = Path.Combine(Cache, digest);
        var result = Path.Combine(folder, $"{name}.dll");
        if (!File.Exists(result))
        {
            Directory.CreateDirectory(folder);
            var draft = Path.Combine(folder, $"{name}.{Environment.ProcessId}.draft");
            File.Copy(path, draft, overwrite: true);
            SharpFuzz.Fuzzer.Instrument(
                draft, type => prefixes.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal)), SharpFuzz.Options.Value);
            Renumber(draft, name);
            File.Move(draft, result, overwrite: true);
        }

        return result;
    }

    // SharpFuzz numbers the locations at random. Numbers that depend only on the assembly make a run repeatable.
    private static void Renumber(string path, string name)
    {
        using var module = ModuleDefMD.Load(File.ReadAllBytes(path));
        var random = new Random(name.Aggregate(17, (seed, letter) => unchecked((seed * 31) + letter)));
        foreach (var method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
        {
            var code = method.Body.Instructions;
            for (var index = 0; index + 9 < code.Count; index++)
            {
                // map[location ^ previous]++; previous = location >> 1
                if (IsField(code[index], nameof(Trace.SharedMem)) && IsField(code[index + 2], nameof(Trace.PrevLocation)))
                {
                    var location = random.Next(CoverageMap.Length);
                    code[index + 1].Operand = location;
                    code[index + 9].Operand = location >> 1;
                }
            }
        }

        module.Write(path);
    }

    private static bool IsField(Instruction instruction, string name) =>
        instruction.OpCode.Code == Code.Ldsfld
        && instruction.Operand is IField { DeclaringType.FullName: "SharpFuzz.Common.Trace" } field && field.Name == name;
}
