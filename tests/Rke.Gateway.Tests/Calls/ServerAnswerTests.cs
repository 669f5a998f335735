using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Calls;

/// <summary>The errors for the replies of key servers, as docs/ERRORS.md lists them.</summary>
public sealed class ServerAnswerTests
{
    private const byte RaidaId = 14;

    private static readonly ByteString Part = ByteString.CopyFrom(1, 2, 3, 4, 5, 6, 7, 8);
    private static readonly ByteString Hash = ByteString.CopyFrom(new byte[16]);

    [Theory]
    [InlineData(0, StatusCode.Internal, "RAIDA_FAILED")]
    [InlineData(3, StatusCode.Internal, "RAIDA_FAILED")]
    [InlineData(5, StatusCode.InvalidArgument, "KEY_START_INVALID", "key_start")]
    [InlineData(6, StatusCode.InvalidArgument, "KEY_LENGTH_INVALID", "key_part")]
    [InlineData(7, StatusCode.ResourceExhausted, "COIN_OVERUSED")]
    [InlineData(8, StatusCode.Unavailable, "RAIDA_OFFLINE")]
    [InlineData(99, StatusCode.Internal, "RAIDA_FAILED")]
    public async Task PostKey_statuses(byte status, StatusCode code, string reason, string? field = null)
    {
        await using var rig = await Rig.StartAsync((frames, request) => [frames.Status(request, status)]);
        var details = await Details.OfAsync(rig.Client.PostKeyAsync(Rig.Post()));
        AssertFailure(details, code, reason, status);
        Assert.Equal(field is null ? [] : [field], details.BadFields);
        Assert.Equal(code is StatusCode.Unavailable or StatusCode.ResourceExhausted, details.RetryAfter is not null);
        Assert.Equal(status == 7, details.Quota is not null);
    }

    [Theory]
    [InlineData(0, StatusCode.Internal, "RAIDA_FAILED")]
    [InlineData(2, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(3, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(4, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(5, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(6, StatusCode.NotFound, "SENDER_NOT_FOUND")]
    [InlineData(7, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(8, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(9, StatusCode.PermissionDenied, "GET_KEY_REFUSED")]
    [InlineData(10, StatusCode.Unavailable, "RAIDA_OFFLINE")]
    [InlineData(12, StatusCode.NotFound, "KEY_NOT_FOUND")]
    public async Task GetKey_statuses(byte status, StatusCode code, string reason)
    {
        await using var rig = await Rig.StartAsync((frames, request) => [frames.Status(request, status)]);
        AssertFailure(await Details.OfAsync(rig.Client.GetKeyAsync(Rig.Get())), code, reason, status);
    }

    [Theory]
    [InlineData(25, "COIN_REFUSED", StatusCode.FailedPrecondition)]
    [InlineData(37, "COIN_REFUSED", StatusCode.FailedPrecondition)]
    [InlineData(16, "RAIDA_FAILED", StatusCode.Internal)]
    [InlineData(252, "RAIDA_FAILED", StatusCode.Internal)]
    public async Task Header_errors_signed_or_not(byte status, string reason, StatusCode code)
    {
        await using var signed = await Rig.StartAsync((frames, request) => [frames.Status(request, status, true)]);
        AssertFailure(await Details.OfAsync(signed.Client.GetKeyAsync(Rig.Get())), code, reason, status);
        await using var unsigned = await Rig.StartAsync((frames, request) => [frames.Unsigned(request, status, true)]);
        AssertFailure(await Details.OfAsync(unsigned.Client.GetKeyAsync(Rig.Get())), code, reason, status);
    }

    [Theory]
    [InlineData(34, "COIN_REFUSED", StatusCode.FailedPrecondition)]
    [InlineData(37, "COIN_REFUSED", StatusCode.FailedPrecondition)]
    [InlineData(194, "KEY_NOT_FOUND", StatusCode.NotFound)]
    [InlineData(160, "RAIDA_FAILED", StatusCode.Internal)]
    [InlineData(252, "RAIDA_FAILED", StatusCode.Internal)]
    public async Task Raidax_statuses(byte status, string reason, StatusCode code)
    {
        await using var rig = await Rig.StartAsync(
            (frames, request) => [frames.Status(request, status)], WireProfile.Raidax, ("ResponseIv", "same"));
        AssertFailure(await Details.OfAsync(rig.Client.GetKeyAsync(Rig.Get())), code, reason, status);
    }

    [Fact]
    public async Task Forged_truncated_stale_and_foreign_replies_are_ignored()
    {
        var expected = new byte[] { 9, 8, 7, 6, 5, 4, 3, 2 };
        byte[]? stale = null;
        await using var rig = await Rig.StartAsync((frames, request) =>
        {
            var right = frames.Part(request, expected);
            var forged = frames.Part(request, [1, 1, 1, 1]);
            forged[16] ^= 1;
            var foreign = frames.Part(request, [1, 1, 1, 1]);
            foreign[0] ^= 1;
            var otherTrailer = frames.Part(request, [1, 1, 1, 1]);
            otherTrailer[^1] ^= 1;
            byte[][] answers =
            [
                [], [0xFF], .. Enumerable.Range(1, right.Length - 1).Select(length => right[..length]), [.. right, 0],
                forged, foreign, otherTrailer, frames.Unsigned(request, 25, true), .. stale is null ? [] : new[] { stale }, right,
            ];
            stale = right;
            return answers;
        });
        for (var call = 0; call < 3; call++)
        {
            var got = await rig.Client.GetKeyAsync(Rig.Get());
            Assert.Equal(expected, got.KeyPart.ToByteArray());
        }

        Assert.Equal(3, rig.Server.DifferentRequests);
    }

    [Fact]
    public async Task A_reply_without_a_key_part_is_a_failure()
    {
        await using var rig = await Rig.StartAsync((frames, request) => [frames.Part(request, [])]);
        AssertFailure(await Details.OfAsync(rig.Client.GetKeyAsync(Rig.Get())), StatusCode.Internal, "RAIDA_FAILED", 1);
    }

    [Fact]
    public async Task A_silent_server_fails_the_call_at_its_deadline()
    {
        await using var rig = await Rig.StartAsync((_, _) => []);

        // The deadline includes the time to connect, so connect first.
        await Details.OfAsync(rig.Client.LookupAsync(new()));
        var started = Stopwatch.GetTimestamp();
        var details = await Details.OfAsync(rig.Client.PostKeyAsync(Rig.Post(), deadline: DateTime.UtcNow.AddSeconds(2)));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10));
        Assert.Equal((StatusCode.DeadlineExceeded, "RAIDA_TIMEOUT"), (details.Code, details.Reason));
        Assert.Equal($"{rig.Server.Requests.Count}", details.Info.Metadata["attempts"]);
        Assert.All(rig.Server.Requests, request => Assert.Equal(rig.Server.Requests.First(), request));
        Assert.True(rig.Server.Requests.Count > 1);
    }

    [Fact]
    public async Task A_call_without_a_deadline_gets_the_default_deadline()
    {
        await using var rig = await Rig.StartAsync((_, _) => [], WireProfile.Rke, ("DefaultDeadline", "00:00:00.300"));
        var details = await Details.OfAsync(rig.Client.GetKeyAsync(Rig.Get()));
        Assert.Equal("RAIDA_TIMEOUT", details.Reason);
    }

    [Fact]
    public async Task A_cancelled_call_stops_its_retransmissions()
    {
        await using var rig = await Rig.StartAsync((_, _) => []);
        using var cancel = new CancellationTokenSource();
        var call = rig.Client.PostKeyAsync(Rig.Post(), cancellationToken: cancel.Token).ResponseAsync;
        await Eventually.IsTrueAsync(() => !rig.Server.Requests.IsEmpty);
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);

        // Another call is retransmitted, and the cancelled one is not. One datagram may have left before the cancellation arrived.
        var first = rig.Server.Requests.First();
        await Details.OfAsync(rig.Client.GetKeyAsync(Rig.Get(), deadline: DateTime.UtcNow.AddSeconds(2)));
        Assert.InRange(rig.Server.Requests.Count(request => request.SequenceEqual(first)), 1, 2);
    }

    [Fact]
    public async Task A_closed_port_is_unreachable()
    {
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1), TestNetwork.MakeCoin(2));
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:14"] = ScriptedServer.ClosedPort().ToString();
        await using var gateway = await RunningGateway.StartAsync(settings);
        for (var call = 0; call < 2; call++)
        {
            // The network does not report which datagram did not arrive, so the coin of a datagram that was sent stays occupied.
            var details = await Details.OfAsync(gateway.Client.PostKeyAsync(new() { RaidaId = RaidaId, KeyPart = Part }));
            Assert.Equal((StatusCode.Unavailable, "RAIDA_UNREACHABLE"), (details.Code, details.Reason));
            Assert.NotNull(details.RetryAfter);
        }
    }

    [Fact]
    public async Task Too_many_concurrent_calls_are_refused_immediately()
    {
        await using var rig = await Rig.StartAsync((_, _) => [], WireProfile.Rke, ("MaxCalls", "1"));
        using var cancel = new CancellationTokenSource();
        var slow = rig.Client.GetKeyAsync(Rig.Get(), cancellationToken: cancel.Token).ResponseAsync;
        await Eventually.IsTrueAsync(() => !rig.Server.Requests.IsEmpty);
        var details = await Details.OfAsync(rig.Client.GetKeyAsync(Rig.Get()));
        Assert.Equal((StatusCode.ResourceExhausted, "OVERLOADED"), (details.Code, details.Reason));
        Assert.NotNull(details.RetryAfter);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => slow);
    }

    private static void AssertFailure(Details details, StatusCode code, string reason, byte status)
    {
        Assert.Equal((code, reason), (details.Code, details.Reason));
        Assert.Equal($"{RaidaId}", details.Info.Metadata["raida_id"]);
        Assert.Equal($"{status}", details.Info.Metadata["raida_status"]);
        Assert.Equal("6", details.Info.Metadata["network"]);
        Assert.NotEqual("0", details.Info.Metadata["attempts"]);
    }

    private sealed record Rig(TestNetwork Network, ScriptedServer Server, RunningGateway Gateway) : IAsyncDisposable
    {
        public RkeService.RkeServiceClient Client => Gateway.Client;

        public static async Task<Rig> StartAsync(
            Func<ServerFrames, byte[], IEnumerable<byte[]>> script,
            WireProfile profile = WireProfile.Rke,
            (string Key, string Value)? setting = null)
        {
            var coin = TestNetwork.MakeCoin(1);
            var frames = new ServerFrames(profile, coin);
            var network = TestNetwork.WithoutServers(coin);
            var server = new ScriptedServer(request => script(frames, request));
            var settings = network.Settings($"{profile}");
            settings[$"Rke:Networks:0:Servers:{RaidaId}"] = server.EndPoint.ToString();
            if (setting is var (key, value))
            {
                settings[key == "ResponseIv" ? $"Rke:Networks:0:{key}" : $"Rke:Grpc:{key}"] = value;
            }

            return new(network, server, await RunningGateway.StartAsync(settings));
        }

        public static PostKeyRequest Post() => new() { RaidaId = RaidaId, KeyPart = Part };

        public static GetKeyRequest Get() => new() { RaidaId = RaidaId, KeyIdHash = Hash };

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Server.DisposeAsync();
            await Network.DisposeAsync();
        }
    }
}
