using System.Globalization;
using Rke.Bench.Raida;

// dotnet run -c Release --project tests/bench/Rke.Bench.Raida [-- echoes | keys [SERVERS]]
// The exit code is 1 if a measurement is outside its limit.
var isWithinLimits = args switch
{
    [] => EchoRate.Measure() & WaitingKeys.Measure(),
    ["echoes"] => EchoRate.Measure(),
    ["keys"] => WaitingKeys.Measure(),
    ["keys", var servers] => WaitingKeys.Measure(int.Parse(servers, CultureInfo.InvariantCulture)),
    _ => throw new ArgumentException("Use 'echoes', 'keys', 'keys SERVERS', or no argument for both."),
};
return isWithinLimits ? 0 : 1;
