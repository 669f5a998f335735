using System.Diagnostics;
using Rke.Bench.UdpBridge;
using Rke.UdpBridge;
using Rke.Wire;

// dotnet run -c Release --project tests/bench/Rke.Bench.UdpBridge [-- IN_FLIGHT SERVERS [ROUNDS]]
// Encrypted GetKey through the bridge, alternately over both transports. The servers run in a process of their own.
using var coin = new CoinCipher(AuthenticityNumber.Read([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]));
if (args is ["--servers", var number])
{
    var started = Enumerable.Range(0, int.Parse(number)).Select(_ => new AnsweringServer(coin)).ToArray();
    Console.WriteLine(string.Join(',', started.Select(static server => server.Port)));
    await Console.In.ReadToEndAsync();
    return;
}

var inFlight = args.Length > 0 ? int.Parse(args[0]) : 128;
var servers = args.Length > 1 ? int.Parse(args[1]) : 1;
var rounds = args.Length > 2 ? int.Parse(args[2]) : 3;
using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["--servers", $"{servers}"])
{
    UseShellExecute = false,
    RedirectStandardInput = true,
    RedirectStandardOutput = true,
})!;
var ports = (await process.StandardOutput.ReadLineAsync())!.Split(',').Select(int.Parse).ToArray();
try
{
    for (var round = 0; round < rounds; round++)
    {
        foreach (var transport in new[] { BridgeTransport.Sockets, BridgeTransport.Native })
        {
            await ExchangeRate.MeasureAsync(transport, inFlight, ports, coin);
        }
    }
}
finally
{
    process.StandardInput.Close();
}
