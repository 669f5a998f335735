// The gateway as a program, on a machine whose clock is wrong by as many seconds as the first argument says.
using System.Globalization;
using Rke.Gateway.Hosting;
using Rke.Replicas.Gateway;

var skew = TimeSpan.FromSeconds(double.Parse(args[0], CultureInfo.InvariantCulture));
await using var app = await GatewayApplication.BuildAsync(
    args[1..], builder => builder.Services.AddSingleton<TimeProvider>(new SkewedTime(skew)));
await app.RunAsync();
