using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rke.Bench.EchoServer;

// Echoes unary calls, h2c, on the port that is given (0: a free one) and says where: "listening 127.0.0.1:PORT".
// With --responder it sends UDP datagrams back instead; --via PORT names such a responder for EchoOverUdp.
// With --until-eof it ends when its standard input does. At its end it says what it used.
var port = args.Length > 0 ? int.Parse(args[0]) : 0;
if (args.Contains("--responder"))
{
    using var responder = new UdpResponder(port);
    Console.WriteLine($"listening {responder.EndPoint}");
    await Console.In.ReadToEndAsync();
    return;
}

var untilEof = args.Contains("--until-eof");
var via = Array.IndexOf(args, "--via") is >= 0 and var index ? int.Parse(args[index + 1]) : 9;
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2);
});
builder.Services.AddGrpc();
builder.Services.AddSingleton(new UdpRoundTrips(new(IPAddress.Loopback, via)));
builder.Services.AddSingleton<Echoes>();

var app = builder.Build();
app.MapGrpcService<Echoes>();
await app.StartAsync();
Console.WriteLine($"listening {new Uri(app.Urls.Single()).Authority}");
if (untilEof)
{
    await Console.In.ReadToEndAsync();
    await app.StopAsync();
}
else
{
    await app.WaitForShutdownAsync();
}

var process = System.Diagnostics.Process.GetCurrentProcess();
Console.WriteLine(
    $"allocated {GC.GetTotalAllocatedBytes(precise: true)} bytes in {GC.CollectionCount(0)} collections, "
    + $"used {process.TotalProcessorTime.TotalMilliseconds:F0} ms");
