using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rke.Bench.EchoServer;

// Echoes unary calls, h2c, on the port that is given (0: a free one) and says where: "listening 127.0.0.1:PORT".
var port = args.Length > 0 ? int.Parse(args[0]) : 0;
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
await app.WaitForShutdownAsync();
Console.WriteLine($"allocated {GC.GetTotalAllocatedBytes(precise: true)} bytes, {GC.CollectionCount(0)} collections");
