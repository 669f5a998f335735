namespace Rke.Bench.Tests;

/// <summary>
/// The system calls of the gateway for one GetKey with everything enabled. The limits are for one call in flight, where nothing can be
/// batched, and hold for 64 calls in flight too. A retransmission on a slow machine adds some, so they have room for that.
/// </summary>
public sealed class SystemCallTests
{
    private static readonly (string Row, double Limit)[] Limits =
    [
        ("send: ", 2.6), // one datagram and one HTTP/2 response
        ("receive: ", 6), // the request, the datagram, and after each a call that finds nothing
        ("write", 3.2), // a line of the audit log, and wake-ups of a transport thread
        ("read", 2.2),
        ("wait for sockets: ", 8),
        ("futex", 20),
        ("open", 0.1),
    ];

    [Fact]
    public async Task A_call_needs_few_system_calls()
    {
        var text = await BenchScript.RunAsync("syscalls", "syscalls", "CALLS=1000");

        var rows = BenchScript.Rows(text);
        foreach (var (name, limit) in Limits)
        {
            var row = Assert.Single(rows, row => row[0].StartsWith(name, StringComparison.Ordinal));
            Assert.True(BenchScript.Number(row[1]) <= limit, $"{row[0]}: {row[1]} with one call in flight; limit {limit}");
            Assert.True(BenchScript.Number(row[2]) <= limit, $"{row[0]}: {row[2]} with 64 calls in flight; limit {limit}");
        }
    }
}
