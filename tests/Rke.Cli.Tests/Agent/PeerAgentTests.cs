using System.Threading.Channels;

namespace Rke.Cli.Tests.Agent;

/// <summary>Both ends switch to a new key, or neither: with lost messages, crashes at each step, and broken destinations.</summary>
public sealed class PeerAgentTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Both_ends_change_the_key_at_each_interval()
    {
        var pair = new AgentPair();
        await pair.RunAsync(AgentPair.Interval * 10);
        AssertSame(pair);
        Assert.InRange(pair.Initiator.Agent.State.Changes, 9, 11);
        Assert.Equal(TimeSpan.Zero, pair.LongestDifference);
        Assert.Empty(pair.Initiator.Problems);
        Assert.Empty(pair.Receiver.Problems);

        // A session and four notices for each key.
        Assert.Equal(pair.Proposed * 5, pair.Sent);
    }

    [Fact]
    public async Task A_destination_accepts_the_next_key_before_the_change_and_the_old_key_until_the_end_of_the_overlap()
    {
        var pair = new AgentPair();
        await pair.RunAsync(Second * 5);
        var old = pair.Receiver.Destination.Key!;
        pair.Loses = from => from == pair.Initiator && pair.Initiator.Agent.State.IsCommitted;
        await pair.RunAsync(AgentPair.Interval);
        Assert.Equal(old, pair.Receiver.Destination.Key);
        Assert.Equal(2, pair.Receiver.Destination.Accepted.Count);
        Assert.Equal(pair.Receiver.Destination.Accepted.Order(), pair.Initiator.Destination.Accepted.Order());

        pair.Loses = _ => false;
        await pair.RunAsync(AgentPair.Interval / 3);
        Assert.NotEqual(old, pair.Receiver.Destination.Key);
        Assert.Contains(old, pair.Receiver.Destination.Accepted);
        Assert.Contains(old, pair.Initiator.Destination.Accepted);
        await pair.RunAsync((AgentPair.Interval / 2) + Second);
        Assert.DoesNotContain(old, pair.Receiver.Destination.Accepted);
        Assert.DoesNotContain(old, pair.Initiator.Destination.Accepted);
    }

    public static TheoryData<bool, int> LostDirections => [.. from isInitiator in (bool[])[true, false] from first in Enumerable.Range(0, 8) select (isInitiator, first)];

    [Theory]
    [MemberData(nameof(LostDirections))]
    public async Task The_ends_differ_for_at_most_one_interval_when_one_direction_fails_at_any_message(bool isInitiator, int first)
    {
        var pair = new AgentPair();
        await pair.RunAsync(Second * 5);
        var from = isInitiator ? pair.Initiator : pair.Receiver;
        var sent = 0;
        pair.Loses = sender => sender == from && sent++ >= first;
        await pair.RunAsync(AgentPair.Interval * 8);
        Assert.InRange(pair.LongestDifference, TimeSpan.Zero, AgentPair.Interval + (Second * 30));
        Assert.Equal(pair.Initiator.Destination.Key, pair.Receiver.Destination.Key);
        Assert.NotEqual(0, pair.Initiator.Agent.State.Failures);
        Assert.NotEqual(0, pair.Receiver.Agent.State.Failures + pair.Initiator.Agent.State.Failures);
        Assert.False(pair.IsWronglyCertain);

        pair.Loses = _ => false;
        await pair.RunAsync(AgentPair.Interval);
        AssertSame(pair);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_ends_are_the_same_soon_after_a_network_split_of_any_message(int first)
    {
        var pair = new AgentPair();
        await pair.RunAsync(Second * 5);
        var sent = 0;
        pair.Loses = _ => sent++ >= first;
        await pair.RunAsync(AgentPair.Interval * 5);
        var isDifferent = pair.Initiator.Destination.Key != pair.Receiver.Destination.Key;
        Assert.False(isDifferent && pair.Initiator.Agent.State.IsCertain && pair.Receiver.Agent.State.IsCertain);
        pair.Loses = _ => false;
        await pair.RunAsync(Second * 31);
        AssertSame(pair);
    }

    [Fact]
    public async Task A_crash_at_any_point_leaves_both_ends_with_the_same_key()
    {
        for (var crash = 0; crash < 60; crash++)
        {
            foreach (var isInitiator in (bool[])[true, false])
            {
                var pair = new AgentPair();
                await pair.RunAsync(Second * 5);
                var end = isInitiator ? pair.Initiator : pair.Receiver;
                var point = 0;
                end.Point = () =>
                {
                    if (point++ == crash)
                    {
                        throw new CrashException();
                    }
                };
                await pair.RunAsync(AgentPair.Interval * 2);
                Assert.True(pair.LongestDifference <= AgentPair.Interval, $"crash {crash}: {pair.LongestDifference}");
                await pair.RunAsync(AgentPair.Interval);
                AssertSame(pair);
                Assert.True(pair.Initiator.Agent.State.Changes >= 3, $"crash {crash}");
            }
        }
    }

    [Fact]
    public async Task Loss_crashes_and_lost_disks_in_any_order_end_with_the_same_key_at_both_ends()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var pair = new AgentPair();
            var loss = random.NextDouble() / 2;
            pair.Loses = _ => random.NextDouble() < loss;
            pair.LosesAnswer = () => random.NextDouble() < loss;
            foreach (var end in new[] { pair.Initiator, pair.Receiver })
            {
                end.Point = () =>
                {
                    if (random.Next(60) == 0)
                    {
                        throw new CrashException();
                    }
                };
            }

            for (var minute = 0; minute < 10; minute++)
            {
                await pair.RunAsync(AgentPair.Interval);
                pair.Initiator.Destination.IsBroken = random.Next(8) == 0;
                pair.Receiver.Destination.IsBroken = random.Next(8) == 0;
                if (random.Next(10) == 0)
                {
                    (random.Next(2) == 0 ? pair.Initiator : pair.Receiver).LoseDisk();
                }
            }

            pair.Loses = _ => false;
            pair.LosesAnswer = () => false;
            pair.Initiator.Point = pair.Receiver.Point = () => { };
            pair.Initiator.Destination.IsBroken = pair.Receiver.Destination.IsBroken = false;
            await pair.RunAsync(AgentPair.Interval * 3);
            Assert.True(
                pair.Initiator.Agent.State.IsCertain && pair.Receiver.Agent.State.IsCertain && pair.Different == TimeSpan.Zero,
                $"seed {seed}: {string.Join(" | ", pair.Initiator.Problems.Concat(pair.Receiver.Problems).TakeLast(4))}");
            AssertSame(pair);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_destination_that_fails_at_one_end_leaves_both_ends_with_the_old_key(bool isInitiator, bool failsLate)
    {
        var pair = new AgentPair();
        await pair.RunAsync(Second * 5);
        var old = pair.Initiator.Destination.Key;
        var end = isInitiator ? pair.Initiator : pair.Receiver;
        (end.Destination.IsBroken, end.Destination.RefusesNewKeys) = (!failsLate, failsLate);
        await pair.RunAsync(AgentPair.Interval * 2);
        Assert.Equal((old, old), (pair.Initiator.Destination.Key, pair.Receiver.Destination.Key));
        Assert.Contains(end.Problems, problem => problem.Contains("The destination is broken.", StringComparison.Ordinal));
        Assert.NotEmpty(pair.Initiator.Problems);
        Assert.NotEmpty(pair.Receiver.Problems);

        (end.Destination.IsBroken, end.Destination.RefusesNewKeys) = (false, false);
        await pair.RunAsync(AgentPair.Interval);
        AssertSame(pair);
        Assert.NotEqual(old, pair.Initiator.Destination.Key);
    }

    [Fact]
    public async Task An_agent_that_fails_continues_after_a_pause()
    {
        var pair = new AgentPair();
        var failures = 2;
        pair.Initiator.Point = () =>
        {
            if (failures-- > 0)
            {
                throw new IOException("The disk is full.");
            }
        };
        using var stop = new CancellationTokenSource();
        var work = Channel.CreateUnbounded<Func<PeerAgent, CancellationToken, Task>>();

        var serving = AgentRunner.ServeAsync(pair.Initiator.Agent, work.Reader, pair.Time, stop.Token);
        await Eventually.IsTrueAsync(() =>
        {
            pair.Time.Advance(Second);
            return pair.Proposed == 1;
        });

        Assert.Contains(pair.Initiator.Problems, problem => problem.Contains("The disk is full.", StringComparison.Ordinal));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    [Fact]
    public async Task A_key_without_a_usable_key_server_is_a_failure()
    {
        var pair = new AgentPair();
        var key = new AgentKey("00", new byte[32], new byte[32], new byte[32], []);

        await pair.Receiver.Agent.ReceiveAsync(key, TestContext.Current.CancellationToken);

        Assert.Null(pair.Receiver.Agent.State.Pending);
        Assert.Contains("no part at a key server", Assert.Single(pair.Receiver.Problems), StringComparison.Ordinal);

        // A state of an earlier version can have such a key.
        var link = new AgentLink(null!, null!, null!);
        await Assert.ThrowsAsync<FailureException>(() => link.SendAsync([], [], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_long_message_leaves_the_state_readable()
    {
        var pair = new AgentPair();
        await pair.RunAsync(Second * 5);
        var folder = Directory.CreateTempSubdirectory("rke-agent-").FullName;
        try
        {
            var file = new AgentStateFile(folder, "other");
            file.Write(pair.Receiver.Agent.State);
            var agent = pair.Receiver.With(file);

            agent.Fail(new string('"', 70_000));

            var state = file.Read();
            Assert.Equal(pair.Receiver.Agent.State.Active!.Id, state.Active!.Id);
            Assert.EndsWith("\"...", state.LastFailure, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_notice_of_another_key_or_of_the_wrong_end_has_no_effect()
    {
        var pair = new AgentPair();
        await pair.RunAsync(Second * 5);
        var active = pair.Receiver.Agent.State.Active!;
        var stranger = new AgentKey(active.Id, [.. active.Key], new byte[32], new byte[32], []);
        Assert.False(await pair.Receiver.Agent.ReceiveAsync(stranger.Sign(Notice.Refused, AgentRole.Initiator, null), TestContext.Current.CancellationToken));
        Assert.False(await pair.Receiver.Agent.ReceiveAsync(active.Sign(Notice.Refused, AgentRole.Receiver, null), TestContext.Current.CancellationToken));
        Assert.False(await pair.Receiver.Agent.ReceiveAsync(new byte[39], TestContext.Current.CancellationToken));
        Assert.True(await pair.Receiver.Agent.ReceiveAsync(active.Sign(Notice.Complete, AgentRole.Initiator, null), TestContext.Current.CancellationToken));
        AssertSame(pair);
    }

    private static void AssertSame(AgentPair pair)
    {
        var (initiator, receiver) = (pair.Initiator.Agent.State, pair.Receiver.Agent.State);
        Assert.NotNull(initiator.Active);
        Assert.Equal(initiator.Active.Id, receiver.Active?.Id);
        Assert.Equal(HexText.Of(initiator.Active.Key), pair.Initiator.Destination.Key);
        Assert.Equal(pair.Initiator.Destination.Key, pair.Receiver.Destination.Key);
        Assert.True(initiator.IsCertain);
        Assert.True(receiver.IsCertain);
    }
}
