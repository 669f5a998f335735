using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>The keys of one peer, as they are on the disk. A restart continues from here.</summary>
internal sealed record AgentState
{
    private const int Version = 1;

    public static AgentState Empty { get; } = new();

    /// <summary>The key that the destinations have. Null before the first key.</summary>
    public AgentKey? Active { get; init; }

    /// <summary>When this end switched to the active key.</summary>
    public DateTimeOffset ActiveSince { get; init; }

    /// <summary>Whether both ends have switched to the active key.</summary>
    public bool IsActiveAtBothEnds { get; init; }

    /// <summary>The key before the active one.</summary>
    public AgentKey? Previous { get; init; }

    /// <summary>The key that the two ends agree about now.</summary>
    public AgentKey? Pending { get; init; }

    public DateTimeOffset PendingSince { get; init; }

    /// <summary>Whether the initiator has sent the first <see cref="Notice.Commit"/>. From then on, the other end can use the key.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>The key that this end refused, until the other end confirms that it does not use it.</summary>
    public AgentKey? Refused { get; init; }

    /// <summary>The keys in the state.</summary>
    public IEnumerable<AgentKey> Keys => new[] { Active, Previous, Pending, Refused }.OfType<AgentKey>();

    /// <summary>The number of switches to a new key.</summary>
    public long Changes { get; init; }

    public long Failures { get; init; }

    /// <summary>The last failure. Empty if there was none.</summary>
    public string LastFailure { get; init; } = "";

    public DateTimeOffset LastFailureTime { get; init; }

    /// <summary>Whether it is certain that both ends use the active key, and no other one.</summary>
    public bool IsCertain => Active is not null && IsActiveAtBothEnds && !IsCommitted && Refused is null;

    /// <summary>The content of the file. The caller clears it.</summary>
    public byte[] Write() => Encoding.UTF8.GetBytes(JsonText.Write(new JsonObject
    {
        ["version"] = Version,
        ["active"] = Active?.ToJson(),
        ["active_since"] = Text(ActiveSince),
        ["active_at_both_ends"] = IsActiveAtBothEnds,
        ["previous"] = Previous?.ToJson(),
        ["pending"] = Pending?.ToJson(),
        ["pending_since"] = Text(PendingSince),
        ["committed"] = IsCommitted,
        ["refused"] = Refused?.ToJson(),
        ["changes"] = Changes,
        ["failures"] = Failures,
        ["last_failure"] = LastFailure,
        ["last_failure_time"] = Text(LastFailureTime),
    }) + "\n");

    /// <summary>Null if the content is damaged.</summary>
    public static AgentState? TryRead(ReadOnlySpan<byte> content)
    {
        try
        {
            var json = JsonNode.Parse(content) as JsonObject;
            return (int?)json?["version"] != Version ? null : new()
            {
                Active = Key(json["active"]),
                ActiveSince = Time(json["active_since"]),
                IsActiveAtBothEnds = (bool)json["active_at_both_ends"]!,
                Previous = Key(json["previous"]),
                Pending = Key(json["pending"]),
                PendingSince = Time(json["pending_since"]),
                IsCommitted = (bool)json["committed"]!,
                Refused = Key(json["refused"]),
                Changes = (long)json["changes"]!,
                Failures = (long)json["failures"]!,
                LastFailure = (string)json["last_failure"]!,
                LastFailureTime = Time(json["last_failure_time"]),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException
            or FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"AgentState({Active?.Id}, redacted)";

    private static AgentKey? Key(JsonNode? node) => node is null ? null : AgentKey.Read(node);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(JsonNode? node) =>
        DateTimeOffset.Parse((string)node!, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Keeps the state of one peer.</summary>
internal interface IAgentStateStore
{
    /// <summary>The state, or an empty one.</summary>
    AgentState Read();

    /// <summary>Returns when the state is safe from a crash.</summary>
    void Write(AgentState state);
}

/// <summary>A file with the state of one peer, with mode 0600.</summary>
internal sealed class AgentStateFile(string folder, string peer) : IAgentStateStore
{
    private const int MaxLength = 64 << 10;
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _path = Path.Combine(folder, $"{peer}.json");

    public AgentState Read()
    {
        if (!File.Exists(_path))
        {
            return AgentState.Empty;
        }

        var content = InputFile.Read(_path, MaxLength);
        var state = AgentState.TryRead(content);
        CryptographicOperations.ZeroMemory(content);
        return state ?? throw new FailureException(
            ExitCode.Invalid, $"The file '{_path}' is damaged.", "Restore it, or delete it. The agent then makes a new key.");
    }

    /// <summary>Makes the folder, and holds it until the result is disposed. Fails if another agent holds it.</summary>
    public static IDisposable Hold(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }

        try
        {
            return new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new FailureException(
                ExitCode.Usage, $"Another agent uses the folder '{folder}'.", "Stop it, or give another folder with the setting 'stateFolder'.");
        }
    }

    public void Write(AgentState state)
    {
        var content = state.Write();
        try
        {
            AtomicFile.Write(_path, content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }
}
