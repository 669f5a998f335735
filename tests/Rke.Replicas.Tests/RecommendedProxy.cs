namespace Rke.Replicas.Tests;

/// <summary>haproxy with the configuration of docs/operations.md.</summary>
internal static class RecommendedProxy
{
    private const string Begin = "```haproxy\n";

    /// <summary>The documented configuration with the addresses of these replicas and without retries of haproxy.</summary>
    public static Task<Haproxy> StartAsync(IReadOnlyList<Replica> replicas) => Haproxy.StartAsync(port =>
    {
        var text = Documented();
        text = Replace(text, "  mode http\n", "  mode http\n  retries 0\n");
        text = Replace(text, "bind :5000 ", $"bind 127.0.0.1:{port} ");
        for (var number = 0; number < replicas.Count; number++)
        {
            var replica = replicas[number];
            text = Replace(text, $" 192.0.2.1{number}:5001 ", $" 127.0.0.1:{replica.Port} port {replica.HttpPort} ");
        }

        return text;
    });

    private static string Documented()
    {
        var text = Repository.Read("docs/operations.md");
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return text[begin..text.IndexOf("```", begin, StringComparison.Ordinal)];
    }

    private static string Replace(string text, string what, string by)
    {
        Assert.Contains(what, text, StringComparison.Ordinal);
        return text.Replace(what, by, StringComparison.Ordinal);
    }
}
