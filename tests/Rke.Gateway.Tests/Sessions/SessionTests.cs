using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Sessions between two gateways over real gRPC and real UDP.</summary>
public sealed class SessionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_have_the_same_key()
    {
        await using var pair = await SessionPair.StartAsync();
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);

        Assert.Equal(32, made.Key.Length);
        Assert.Equal(0xFF, made.Key[^1]);
        Assert.Equal(4, made.Parts.Count);
        Assert.All(made.Parts, part => Assert.True(part.Used));
        Assert.All(made.Parts, part => Assert.Equal(8u, part.Length));
        Assert.Equal(4, made.Parts.Select(part => part.RaidaId).Distinct().Count());
        var salt = made.Parts.SelectMany(part => part.KeyIdHash).ToArray();
        var derived = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, made.Key.ToByteArray(), 32, salt, Encoding.ASCII.GetBytes("rke session key v1"));
        Assert.Equal(derived, made.DerivedKey.ToByteArray());

        var arrived = await pair.ReceiverClient.GetSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(Session.Types.State.Waiting, arrived.Session.State);
        Assert.Equal(32u, arrived.Session.KeySize);
        Assert.All(arrived.Session.Parts, part => Assert.Empty(part.KeyIdHash));
        Assert.Equal("127.0.0.1", arrived.Session.Initiator.Host);

        var claimed = await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
        Assert.Equal(made.DerivedKey, claimed.DerivedKey);
        Assert.Equal(Session.Types.State.Claimed, claimed.Session.State);
        Assert.Equal(made.Parts, claimed.Session.Parts);

        var again = await Details.OfAsync(pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled));
        Assert.Equal(StatusCode.FailedPrecondition, again.Code);
        Assert.Equal("SESSION_NOT_WAITING", again.Reason);
        Assert.Equal(Convert.ToHexStringLower(made.SessionId.Span), again.Info.Metadata["session_id"]);
    }

    [Fact]
    public async Task Each_step_is_reported_and_the_result_is_the_last_one()
    {
        await using var pair = await SessionPair.StartAsync();
        using var call = pair.InitiatorClient.InitiateSessionStream(
            new() { Session = new() { Endpoint = pair.Target, KeySize = 64, PartCount = 2 } },
            cancellationToken: Cancelled);
        var steps = new List<InitiateSessionStreamResponse>();
        while (await call.ResponseStream.MoveNext(Cancelled))
        {
            steps.Add(call.ResponseStream.Current);
        }

        Assert.Equal(InitiateSessionStreamResponse.StepOneofCase.LookedUp, steps[0].StepCase);
        Assert.Equal(25u, steps[0].LookedUp.ServerCount);
        Assert.Equal([32u, 32u], steps[0].LookedUp.PartLengths);
        Assert.Equal(2, steps.Count(step => step.StepCase == InitiateSessionStreamResponse.StepOneofCase.PartPosted));
        Assert.Single(steps, step => step.StepCase == InitiateSessionStreamResponse.StepOneofCase.Signalled);
        Assert.Equal([0u, 1u], steps[^2].Used.UsedParts);
        Assert.Equal(64, steps[^1].Result.Key.Length);
        var times = steps.Select(step => step.Elapsed.ToTimeSpan()).ToArray();
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public async Task Watchers_receive_sessions_in_order_and_resume_with_a_cursor()
    {
        await using var pair = await SessionPair.StartAsync();
        var made = new List<ByteString>();
        for (var count = 0; count < 3; count++)
        {
            made.Add((await pair.InitiatorClient.InitiateSessionAsync(
                new() { Endpoint = pair.Target }, cancellationToken: Cancelled)).SessionId);
        }

        using var first = pair.ReceiverClient.WatchSessions(new() { Consumer = "a" }, cancellationToken: Cancelled);
        Assert.True(await first.ResponseStream.MoveNext(Cancelled));
        var seen = first.ResponseStream.Current;
        Assert.Equal(made[0], seen.Session.SessionId);
        Assert.False(seen.Redelivered);
        Assert.True(await first.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(made[1], first.ResponseStream.Current.Session.SessionId);

        using var second = pair.ReceiverClient.WatchSessions(
            new() { Consumer = "a", Cursor = seen.Cursor }, cancellationToken: Cancelled);
        Assert.True(await second.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(made[1], second.ResponseStream.Current.Session.SessionId);
        Assert.True(second.ResponseStream.Current.Redelivered);
        Assert.True(await second.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(made[2], second.ResponseStream.Current.Session.SessionId);

        var next = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        Assert.True(await second.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(next.SessionId, second.ResponseStream.Current.Session.SessionId);
    }
}
