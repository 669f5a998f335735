using System.Diagnostics;

namespace Rke.Bench.Load;

/// <summary>Starts streams and keeps them open.</summary>
internal sealed class HeldStreams(Http2Client client)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public void Run(int streams, StandardInputEnd end)
    {
        var started = 0;
        while (!end.IsReached)
        {
            while (started < streams && client.TryStart(Stopwatch.GetTimestamp()))
            {
                started++;
            }

            client.Exchange(Step);
            if (client.Ended > 0)
            {
                throw new InvalidOperationException($"{client.Ended} streams ended; the first one: {client.FirstFailure}");
            }

            if (started == streams)
            {
                Console.WriteLine($"holding {streams} streams");
                started++;
            }
        }
    }
}
