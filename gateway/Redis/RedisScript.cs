using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Redis;

/// <summary>
/// A Lua script that Redis runs as one atomic step. The file <c>name.lua</c> is in the folder of the class that runs it.
/// </summary>
internal sealed class RedisScript
{
    /// <param name="prologue">A file with functions that the script uses.</param>
    /// <param name="second">Another such file.</param>
    public RedisScript(string name, string? prologue = null, string? second = null, bool isOptional = false)
    {
        Name = name;
        IsOptional = isOptional;
        Text = (prologue is null ? "" : Read(prologue)) + (second is null ? "" : Read(second)) + Read(name);
        Hash = HashOf(Text);
    }

    public string Name { get; }

    public string Text { get; }

    /// <summary>The digest by which Redis calls the script.</summary>
    public byte[] Hash { get; }

    /// <summary>
    /// Whether calls can succeed without the script. Its failure at the memory limit of Redis does not open the circuit.
    /// </summary>
    public bool IsOptional { get; }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "Redis names scripts by SHA-1.")]
    private static byte[] HashOf(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));

    private static string Read(string name)
    {
        using var resource = typeof(RedisScript).Assembly.GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
