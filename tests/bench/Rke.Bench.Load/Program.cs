using System.Globalization;
using System.Net;
using Rke.Bench.Load;

// Sends gRPC calls over cleartext HTTP/2, from one thread, and prints one line of name=value pairs.
//
//   Rke.Bench.Load rate URL BODY --rate 10000 --seconds 5     an open loop: calls start at their times, whether or not others ended
//   Rke.Bench.Load calls URL BODY --calls 50000 --in-flight 1 a closed loop: a call starts when another one ends
//   Rke.Bench.Load hold URL BODY --calls 10000                starts streams, says 'holding', and keeps them until its input ends
//
// BODY is a file with one or more gRPC messages, each with its prefix. The calls send them in turn. --connections, and --status for another gRPC status than 0. Times are in
// microseconds. In the open loop, a time starts when the call should have started, so a delay of the client counts too
// (coordinated omission). Each response is checked: its status, and that it has a message.
string Option(string name, string otherwise) =>
    Array.IndexOf(args, name) is > 0 and var index ? args[index + 1] : otherwise;
int Number(string name, int otherwise) => int.Parse(Option(name, $"{otherwise}"), CultureInfo.InvariantCulture);

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: Rke.Bench.Load rate|calls|hold URL BODY [OPTIONS]");
    return 2;
}

var url = new Uri(args[1]);
var connections = Number("--connections", 8);
using var client = new Http2Client(
    new IPEndPoint(IPAddress.Parse(url.Host), url.Port),
    url.AbsolutePath,
    Http2Frames.Messages(File.ReadAllBytes(args[2])),
    connections,
    Number("--status", 0));
await client.ConnectAsync();
var calls = Number("--calls", 50_000);
switch (args[0])
{
    case "rate":
        var rate = Number("--rate", 1000);
        Console.WriteLine(new OpenLoop(client, rate).Run(
            warmUp: rate * Number("--warm-up", 1), measured: rate * Number("--seconds", 5)));
        return client.Failures == 0 ? 0 : Failed();
    case "calls":
        Console.WriteLine(new ClosedLoop(client, Number("--in-flight", 1)).Run(warmUp: Number("--warm-up", 0), measured: calls));
        return client.Failures == 0 ? 0 : Failed();
    case "hold":
        using (var end = new StandardInputEnd())
        {
            new HeldStreams(client).Run(calls, end);
        }

        return 0;
    default:
        Console.Error.WriteLine($"'{args[0]}' is not rate, calls or hold");
        return 2;
}

int Failed()
{
    Console.Error.WriteLine($"{client.Failures} calls failed; the first one: {client.FirstFailure}");
    return 1;
}
