using Microsoft.Extensions.Primitives;

namespace Rke.Grpc.Framing;

/// <summary>The message encodings spoken here, by their names in <c>grpc-encoding</c>.</summary>
internal static class MessageEncoding
{
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public const string Accepted = "identity,gzip";

    /// <summary>Whether this name, or none, stands for messages as they are.</summary>
    public static bool IsIdentity(string? name) =>
        string.IsNullOrEmpty(name) || name.Equals(Identity, StringComparison.Ordinal);

    /// <summary>Whether a list such as <c>identity, gzip</c> has gzip in it.</summary>
    public static bool ListsGzip(StringValues list)
    {
        foreach (var line in list)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                if (line.AsSpan(range).Trim().SequenceEqual(Gzip))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
