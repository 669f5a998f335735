using Rke.Bench.UdpBridge;

// dotnet run -c Release --project tests/bench/Rke.Bench.UdpBridge [-- IN_FLIGHT SERVERS]
// Echo and sealed Get Key through the bridge to servers in the same process, three seconds each.
var inFlight = args.Length > 0 ? int.Parse(args[0]) : 256;
var servers = args.Length > 1 ? int.Parse(args[1]) : 4;
await ExchangeRate.MeasureAsync("echo", inFlight, servers, isSealed: false);
await ExchangeRate.MeasureAsync("sealed get key", inFlight, servers, isSealed: true);
