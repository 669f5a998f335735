using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Rke.Cli.Tests;

/// <summary>The message, the advice and the exit code for errors of the gateway.</summary>
public class GatewayErrorTests
{
    [Theory]
    [InlineData(StatusCode.InvalidArgument, "INVALID_FIELD", 3)]
    [InlineData(StatusCode.InvalidArgument, "KEY_START_INVALID", 3)]
    [InlineData(StatusCode.InvalidArgument, "KEY_LENGTH_INVALID", 3)]
    [InlineData(StatusCode.NotFound, "KEY_NOT_FOUND", 4)]
    [InlineData(StatusCode.NotFound, "SENDER_NOT_FOUND", 4)]
    [InlineData(StatusCode.FailedPrecondition, "COIN_OCCUPIED", 5)]
    [InlineData(StatusCode.FailedPrecondition, "COIN_UNKNOWN", 5)]
    [InlineData(StatusCode.FailedPrecondition, "COIN_REFUSED", 5)]
    [InlineData(StatusCode.AlreadyExists, "IDEMPOTENCY_MISMATCH", 5)]
    [InlineData(StatusCode.PermissionDenied, "TARGET_NOT_ALLOWED", 5)]
    [InlineData(StatusCode.PermissionDenied, "GET_KEY_REFUSED", 5)]
    [InlineData(StatusCode.ResourceExhausted, "COIN_OVERUSED", 6)]
    [InlineData(StatusCode.ResourceExhausted, "CALLER_QUOTA", 6)]
    [InlineData(StatusCode.ResourceExhausted, "OVERLOADED", 6)]
    [InlineData(StatusCode.ResourceExhausted, "NO_FREE_COIN", 6)]
    [InlineData(StatusCode.Unavailable, "RAIDA_OFFLINE", 7)]
    [InlineData(StatusCode.Unavailable, "RAIDA_UNREACHABLE", 7)]
    [InlineData(StatusCode.Unavailable, "STATE_UNAVAILABLE", 7)]
    [InlineData(StatusCode.DeadlineExceeded, "RAIDA_TIMEOUT", 7)]
    [InlineData(StatusCode.Internal, "RAIDA_FAILED", 1)]
    public async Task Every_reason_has_an_exit_code_and_advice(StatusCode code, string reason, int exitCode)
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => throw GatewayServer.Error(code, reason, "It did not work.");
        var error = (await server.RunAsync("lookup", "example.com", "--json")).Expect(exitCode).ErrorJson;
        Assert.Equal((reason, "It did not work."), (error.Text("reason"), error.Text("message")));
        Assert.Equal("14", (string?)error["metadata"]!["raida_id"]);
        Assert.NotEmpty(error.Text("advice"));
    }

    [Fact]
    public async Task Every_wrong_field_is_listed()
    {
        await using var server = await GatewayServer.StartAsync();
        var fields = new BadRequest();
        fields.FieldViolations.Add(
            new BadRequest.Types.FieldViolation { Field = "raida_id", Description = "must be 0 to 24" });
        fields.FieldViolations.Add(
            new BadRequest.Types.FieldViolation { Field = "key_part", Description = "must be 4 to 40 bytes" });
        server.Answer = (_, _) => throw GatewayServer.Error(
            StatusCode.InvalidArgument, "INVALID_FIELD", "Two fields are wrong.", fields);
        var run = await server.RunAsync("post", "--raida", "25", "--part", "00");
        Assert.Equal(
            """
            rkectl: Two fields are wrong. [INVALID_FIELD]
              raida_id: must be 0 to 24
              key_part: must be 4 to 40 bytes
              raida id: 14
              Correct the fields above.

            """,
            run.Expect(3).Error);
        run = await server.RunAsync("post", "--raida", "25", "--part", "00", "--json");
        Assert.Equal(
            ["raida_id", "key_part"],
            run.Expect(3).ErrorJson["fields"]!.AsArray().Select(field => field!.Text("field")));
        Assert.Equal("INVALID_ARGUMENT", run.ErrorJson.Text("code"));
    }

    [Fact]
    public async Task The_delay_before_a_retry_is_printed()
    {
        await using var server = await GatewayServer.StartAsync();
        var retry = new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(2.5)) };
        var quota = new QuotaFailure();
        quota.Violations.Add(
            new QuotaFailure.Types.Violation { Subject = "coin:1/1000", Description = "10 posts in 60 s" });
        server.Answer = (_, _) => throw GatewayServer.Error(
            StatusCode.ResourceExhausted, "COIN_OVERUSED", "Too often.", retry, quota);
        var run = await server.RunAsync("lookup", "example.com");
        Assert.Contains("try again in 2.5 s", run.Expect(6).Error);
        Assert.Contains("coin:1/1000: 10 posts in 60 s", run.Error);
        run = await server.RunAsync("lookup", "example.com", "--json");
        Assert.Equal(2.5, (double)run.Expect(6).ErrorJson["retry_after_seconds"]!);
    }

    [Fact]
    public async Task Unreadable_error_details_are_ignored()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => throw new RpcException(
            new global::Grpc.Core.Status(StatusCode.NotFound, "gone"),
            new Metadata { { "grpc-status-details-bin", new byte[] { 0xFF, 0xFF } } });
        Assert.Contains("gone", (await server.RunAsync("lookup", "example.com")).Expect(4).Error);
    }

    [Fact]
    public async Task The_deadline_ends_the_call()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = async (_, context) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(context.CancellationToken);
            throw new InvalidOperationException();
        };
        var run = await server.RunAsync("lookup", "example.com", "--deadline", "1500ms");
        Assert.Contains("--deadline", run.Expect(7).Error);
    }
}
