using Rke.Bench.Raida;

// dotnet run -c Release --project tests/bench/Rke.Bench.Raida [-- echoes|keys]
// Exit code 1 when the key server is below what it promises.
var right = args switch
{
    [] => EchoRate.Measure() & WaitingKeys.Measure(),
    ["echoes"] => EchoRate.Measure(),
    ["keys"] => WaitingKeys.Measure(),
    _ => throw new ArgumentException("use 'echoes', 'keys', or nothing for both"),
};
return right ? 0 : 1;
