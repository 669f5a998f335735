using System.Diagnostics;

namespace Rke.Bench.Load;

/// <summary>
/// Starts calls at a fixed rate. The time of a call counts from the moment at which it should have started, also if the client
/// or the server was late.
/// </summary>
internal sealed class OpenLoop(Http2Client client, int rate)
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
        var interval = (double)Stopwatch.Frequency / rate;
        long StartOf(int call) => start + (long)(call * interval);
        var started = 0;
        while (started < calls || client.InFlight > 0)
        {
            while (started < calls && StartOf(started) <= Stopwatch.GetTimestamp() && client.TryStart(StartOf(started)))
            {
                started++;
            }

            var next = started < calls ? Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), StartOf(started)) : LongestWait;

            // A call that is due could not start, because all streams are in use: wait for a response.
            client.Exchange(next > TimeSpan.Zero ? next : client.InFlight > 0 && started < calls ? LongestWait : TimeSpan.Zero);
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
