using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>A gateway with a name: its address and the TLS files for it.</summary>
internal sealed record Context(string Gateway, string? Authorities, string? Certificate, string? Key);

/// <summary>
/// The file with the contexts: <c>RKE_CONFIG</c>, or <c>rkectl/config.json</c> in the folder of the user's settings. One context is the
/// current one.
/// </summary>
internal sealed class Contexts
{
    public const string PathVariable = "RKE_CONFIG";
    public const string NameVariable = "RKE_CONTEXT";

    private const string Folder = "rkectl";
    private const string FileName = "config.json";
    private const int MaxLength = 1 << 20;

    private readonly SortedDictionary<string, Context> _contexts = new(StringComparer.Ordinal);

    private Contexts(string path) => Path = path;

    public string Path { get; }

    /// <summary>The name of the current context. Null if there is none.</summary>
    public string? Current { get; set; }

    public IReadOnlyDictionary<string, Context> All => _contexts;

    /// <summary>Reads the file. Without a file, there are no contexts.</summary>
    public static Contexts Read()
    {
        var contexts = new Contexts(FindPath());
        if (!File.Exists(contexts.Path))
        {
            return contexts;
        }

        try
        {
            var root = JsonNode.Parse(InputFile.Read(contexts.Path, MaxLength)) as JsonObject ?? throw new JsonException("no object");
            contexts.Current = (string?)root["current"];
            foreach (var (name, node) in root["contexts"] as JsonObject ?? [])
            {
                contexts._contexts[name] = new(
                    (string?)node?["gateway"] ?? throw new JsonException($"no gateway in context '{name}'"),
                    (string?)node?["cacert"],
                    (string?)node?["cert"],
                    (string?)node?["key"]);
            }

            return contexts;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FailureException(
                ExitCode.Invalid,
                $"The file of contexts '{contexts.Path}' cannot be read.",
                "Correct it, or delete it and make the contexts again with 'rkectl config set'.");
        }
    }

    public Context Find(string name) => _contexts.GetValueOrDefault(name) ?? throw new FailureException(
        ExitCode.Usage,
        $"There is no context '{name}'."
            + (Suggestion.For(name, _contexts.Keys) is { } near ? $" Did you mean '{near}'?" : ""),
        "'rkectl config list' lists the contexts, and 'rkectl config set' makes one.");

    public void Set(string name, Context context) => _contexts[name] = context;

    public void Remove(string name)
    {
        Find(name);
        _contexts.Remove(name);
        Current = Current == name ? null : Current;
    }

    /// <summary>Replaces the file in one step.</summary>
    public void Write()
    {
        var root = new JsonObject
        {
            ["current"] = Current,
            ["contexts"] = new JsonObject(_contexts.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, ToJson(pair.Value)))),
        };
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        AtomicFile.Write(Path, Encoding.UTF8.GetBytes(JsonText.Write(root) + "\n"));
    }

    private static JsonObject ToJson(Context context)
    {
        var json = new JsonObject { ["gateway"] = context.Gateway };
        foreach (var (name, value) in new[] { ("cacert", context.Authorities), ("cert", context.Certificate), ("key", context.Key) })
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }

        return json;
    }

    private static string FindPath()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path)
        {
            return System.IO.Path.GetFullPath(path);
        }

        var settings = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return System.IO.Path.Combine(settings, Folder, FileName);
    }
}
