using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Identity;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Interceptors;

/// <summary>Each failed call writes one line.</summary>
public sealed class FailedCallLogTests
{
    private const string Line = "Information 1903";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <param name="hasActivity">Whether ASP.NET Core creates an activity for each call. By default it does not, without an export.</param>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_call_writes_one_line_with_method_caller_status_reason_and_trace(bool hasActivity)
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Identity:ForwardedFrom"] = "127.0.0.1",
            ["Rke:Grpc:MaxMetadataSize"] = "4096",
            ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = hasActivity ? "Trace" : "None",
        });
        var headers = new Metadata
        {
            { ForwardedCertificate.Header, "URI=spiffe://shop" },
            { "traceparent", $"00-{TraceId}-00f067aa0ba902b7-01" },
        };
        var part = ByteString.CopyFrom(new byte[16]);
        var posted = await gateway.Client.PostKeyAsync(new() { RaidaId = 1, KeyPart = part }, headers, cancellationToken: Cancelled);
        await Details.OfAsync(gateway.Client.GetKeyAsync(new() { RaidaId = 2, KeyId = posted.KeyId }, headers, cancellationToken: Cancelled));
        await Details.OfAsync(gateway.Client.PostKeyAsync(new(), cancellationToken: Cancelled));

        // A call that is refused before it reaches a service.
        var large = new Metadata { { "x-large", new string('x', 5000) } };
        await Details.OfAsync(gateway.Client.LookupAsync(new(), large, cancellationToken: Cancelled));
        var health = new HealthClient(gateway.Channel);
        await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new() { Service = "none" }, cancellationToken: Cancelled));

        await Eventually.IsTrueAsync(() => LinesOf(gateway).Count == 3);
        Assert.Equal(
            [
                $"The call rke.v1.RkeService/GetKey of spiffe://shop failed with NOT_FOUND. Reason: KEY_NOT_FOUND. Trace: {TraceId}.",
                "The call rke.v1.RkeService/PostKey of anonymous failed with INVALID_ARGUMENT. Reason: INVALID_FIELD.",
                "The call rke.v1.RkeService/Lookup of anonymous failed with RESOURCE_EXHAUSTED. Reason: METADATA_TOO_LARGE.",
            ],
            LinesOf(gateway).Select((line, index) => index == 0
                ? line[..(line.IndexOf(TraceId, StringComparison.Ordinal) + TraceId.Length + 1)]
                : line[..line.IndexOf(" Trace: ", StringComparison.Ordinal)]));
        Assert.DoesNotContain(LinesOf(gateway), line => line.Contains(Convert.ToHexString(posted.KeyId.Span), StringComparison.OrdinalIgnoreCase));
    }

    private static List<string> LinesOf(RunningGateway gateway) =>
    [
        .. gateway.Logs.Lines.Where(line => line.StartsWith(Line, StringComparison.Ordinal))
            .Select(line => line[line.IndexOf("The call", StringComparison.Ordinal)..]),
    ];
}
