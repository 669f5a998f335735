using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rke.Bench.EchoServer;

// Echoes unary calls, h2c, on the port that is given (0: a free one) and says where: "listening 127.0.0.1:PORT".
// With --until-eof it ends when its standard input does. At its end it says what it used.
var port = args.Length > 0 ? int.Parse(args[0]) : 0;
var untilEof = args.Contains("--until-eof");
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2);
});
builder.Services.AddGrpc();
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
