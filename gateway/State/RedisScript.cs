namespace Rke.Gateway.State;

/// <summary>
/// A step that Redis carries out as a whole, from State/Lua.
/// </summary>
internal sealed class RedisScript
{
    public static readonly RedisScript Abandon = new("abandon");
    public static readonly RedisScript Claim = new("claim");
    public static readonly RedisScript Complete = new("complete");
    public static readonly RedisScript Count = new("count");
    public static readonly RedisScript Find = new("find");
    public static readonly RedisScript Free = new("free");
    public static readonly RedisScript Lease = new("lease");
    public static readonly RedisScript Probe = new("probe");
    public static readonly RedisScript Quota = new("quota");
    public static readonly RedisScript Recall = new("recall");
    public static readonly RedisScript Reserve = new("reserve");
    public static readonly RedisScript Rest = new("rest");
    public static readonly RedisScript Restore = new("restore");
    public static readonly RedisScript Store = new("store");
    public static readonly RedisScript Tell = new("tell");
    public static readonly RedisScript Withdraw = new("withdraw");

    // Sessions all begin alike (session-begin.lua).
    public static readonly RedisScript SessionAdd = new("session-add", "session-begin");
    public static readonly RedisScript SessionClaim = new("session-claim", "session-begin");
    public static readonly RedisScript SessionClose = new("session-close", "session-begin");
    public static readonly RedisScript SessionDeliver = new("session-deliver", "session-begin");
    public static readonly RedisScript SessionFind = new("session-find", "session-begin");
    public static readonly RedisScript SessionRead = new("session-read", "session-begin");
    public static readonly RedisScript SessionRoom = new("session-room", "session-begin");

    private RedisScript(string name, string? beginning = null)
    {
        Name = name;
        Text = (beginning is null ? "" : Read(beginning)) + Read(name);
    }

    public string Name { get; }

    public string Text { get; }

    private static string Read(string name)
    {
        using var resource = typeof(RedisScript).Assembly.GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
