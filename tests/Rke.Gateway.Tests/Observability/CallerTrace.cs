using Grpc.Core;

namespace Rke.Gateway.Tests.Observability;

/// <summary>A trace that a caller starts. Tests need it because a collector receives the spans of all gateways in the process.</summary>
internal static class CallerTrace
{
    public static string NewId() => Convert.ToHexString(Guid.NewGuid().ToByteArray());

    public static string Parent(string id) => $"00-{id}-{id[..16]}-01".ToLowerInvariant();

    public static Metadata Headers(string id) => new() { { "traceparent", Parent(id) } };
}
