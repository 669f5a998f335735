using System.Diagnostics;

namespace Rke.Bench.Load;

/// <summary>Keeps a number of calls in flight.</summary>
internal sealed class ClosedLoop(Http2Client client, int inFlight)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    public Report Run(int warmUp, int measured)
    {
        Run(warmUp);
        client.Reset();
        return new(client, Run(measured));
    }

    private TimeSpan Run(int calls)
    {
        var start = Stopwatch.GetTimestamp();
        var started = 0;
        while (started < calls || client.InFlight > 0)
        {
            while (started < calls && client.InFlight < inFlight && client.TryStart(Stopwatch.GetTimestamp()))
            {
                started++;
            }

            client.Exchange(LongestWait);
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
