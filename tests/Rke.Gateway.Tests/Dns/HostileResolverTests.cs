using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

/// <summary>Forged, wrong, malformed and late replies over real sockets. The correct reply is still found.</summary>
public class HostileResolverTests
{
    private const string Name = "raida.example.com";
    private const string Right = "192.0.2.1";
    private const string Wrong = "192.0.2.66";

    [Fact]
    public async Task Wrong_replies_are_counted_and_the_wait_continues()
    {
        await using var server = new ScriptedResolver(question =>
        [
            new ReplyWriter((ushort)(question.Id ^ 1), question.Name, DnsType.A)
                .Answer(new AddressRecord(question.Name, TimeSpan.Zero, IPAddress.Parse(Wrong))).ToArray(),
            new ReplyWriter(question.Id, "raida.example.org", DnsType.A)
                .Answer(new AddressRecord("raida.example.org", TimeSpan.Zero, IPAddress.Parse(Wrong))).ToArray(),
            new ReplyWriter(question.Id, question.Name, DnsType.Aaaa).ToArray(),
            question.Bytes,
            [],
            question.Address(Wrong)[..^1],
            [.. question.Address(Wrong), 0],
            question.Address(Right),
        ]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        var answer = await kit.AskAsync(Name, DnsType.A);

        Assert.Equal(Right, ResolverKit.AddressOf(answer));
        Assert.Equal(1, kit.Ignored(ReplyVerdict.WrongId));
        Assert.Equal(2, kit.Ignored(ReplyVerdict.WrongQuestion));
        Assert.Equal(4, kit.Ignored(ReplyVerdict.Malformed));
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task A_reply_from_another_address_is_dropped()
    {
        using var forger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        forger.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new ScriptedResolver(question =>
        {
            forger.SendTo(question.Address(Wrong), question.From);
            return [question.Address(Right)];
        });
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
    }

    [Fact]
    public async Task A_reply_in_another_case_is_ignored()
    {
        await using var server = new ScriptedResolver(question =>
        [
            new ReplyWriter(question.Id, SwapCase(question.Name), DnsType.A).ToArray(),
            question.Address(Right),
        ]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
        Assert.Equal(1, kit.Ignored(ReplyVerdict.WrongCase));
    }

    [Fact]
    public async Task A_resolver_that_changes_the_case_of_names_is_reported_with_the_setting()
    {
        await using var server = new ScriptedResolver(question =>
            [new ReplyWriter(question.Id, SwapCase(question.Name), DnsType.A).ToArray()]);
        using var kit = new ResolverKit(
            $"{server.Endpoint}", options => options.FirstWait = TimeSpan.FromMilliseconds(20));

        Assert.Equal(DnsOutcome.CaseChanged, (await kit.AskAsync(Name, DnsType.A)).Outcome);
        Assert.Equal(1, server.Count);
        var record = Assert.Single(kit.Log.GetSnapshot(), record => record.Level == LogLevel.Warning);
        Assert.Equal(3002, record.Id.Id);
        Assert.Contains("Rke:Dns:MixCase", record.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_question_has_its_own_port_and_id()
    {
        var ids = new HashSet<ushort>();
        var ports = new HashSet<EndPoint>();
        await using var server = new ScriptedResolver(question =>
        {
            ids.Add(question.Id);
            ports.Add(question.From);
            return [question.Address(Right)];
        });
        using var kit = new ResolverKit($"{server.Endpoint}");
        for (var index = 0; index < 20; index++)
        {
            await kit.AskAsync(Name, DnsType.A);
        }

        Assert.InRange(ids.Count, 18, 20);
        Assert.InRange(ports.Count, 15, 20);
    }

    [Fact]
    public async Task A_late_reply_to_an_earlier_attempt_is_ignored()
    {
        ScriptedResolver.Question? first = null;
        ScriptedResolver? self = null;
        await using var server = self = new ScriptedResolver(question =>
        {
            if (question.Number == 1)
            {
                first = question;
                return [];
            }

            self!.Send(first!.Address(Wrong), first.From);
            self.Send(first.Address(Wrong), question.From);
            return [question.Address(Right)];
        });
        using var kit = new ResolverKit(
            $"{server.Endpoint}", options => options.FirstWait = TimeSpan.FromMilliseconds(500));

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
        Assert.Equal(2, server.Count);
        Assert.Equal(1, kit.Ignored(ReplyVerdict.WrongId));
    }

    [Fact]
    public async Task Without_replies_a_question_fails_after_the_last_round()
    {
        await using var server = new ScriptedResolver(_ => []);
        using var kit = new ResolverKit(
            $"{server.Endpoint}", options => options.FirstWait = TimeSpan.FromMilliseconds(20));

        Assert.Equal(DnsOutcome.TimedOut, (await kit.AskAsync(Name, DnsType.A)).Outcome);
        Assert.Equal(3, server.Count);
    }

    [Fact]
    public async Task Without_replies_a_question_fails_after_the_timeout()
    {
        await using var server = new ScriptedResolver(_ => []);
        using var kit = new ResolverKit(
            $"{server.Endpoint}", options => options.Timeout = TimeSpan.FromMilliseconds(100));

        Assert.Equal(DnsOutcome.TimedOut, (await kit.AskAsync(Name, DnsType.A)).Outcome);
    }

    [Fact]
    public async Task The_caller_can_cancel()
    {
        using var giveUp = new CancellationTokenSource();
        await using var server = new ScriptedResolver(_ =>
        {
            giveUp.Cancel();
            return [];
        });
        using var kit = new ResolverKit($"{server.Endpoint}");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => kit.Resolver.AskAsync(Names.Parse(Name), DnsType.A, giveUp.Token));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task After_an_error_the_next_resolver_is_used(int code)
    {
        await using var bad = new ScriptedResolver(question => [question.Reply(0x8180 | code).ToArray()]);
        await using var good = new ScriptedResolver(question => [question.Address(Right)]);
        using var kit = new ResolverKit($"{bad.Endpoint},{good.Endpoint}");
        using var hopeless = new ResolverKit($"{bad.Endpoint}");

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
        Assert.Equal(DnsOutcome.ServerFailed, (await hopeless.AskAsync(Name, DnsType.A)).Outcome);
    }

    [Fact]
    public async Task If_a_resolver_is_unreachable_the_next_one_is_used_at_once()
    {
        IPEndPoint nowhere;
        using (var gone = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))
        {
            nowhere = (IPEndPoint)gone.Client.LocalEndPoint!;
        }

        await using var good = new ScriptedResolver(question => [question.Address(Right)]);
        using var kit = new ResolverKit($"{nowhere},{good.Endpoint}");
        using var hopeless = new ResolverKit($"{nowhere}");

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
        Assert.Equal(DnsOutcome.Unreachable, (await hopeless.AskAsync(Name, DnsType.A)).Outcome);
    }

    [Fact]
    public async Task An_old_server_gets_the_question_without_extensions()
    {
        await using var server = new ScriptedResolver(question =>
            [question.IsExtended ? question.Reply(0x8181).ToArray() : question.Address(Right)]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
        Assert.Equal(2, server.Count);
    }

    [Fact]
    public async Task After_a_truncated_reply_the_question_is_repeated_over_tcp_and_wrong_replies_are_ignored()
    {
        await using var server = new ScriptedResolver(question => question.IsTcp
            ?
            [
                new ReplyWriter((ushort)(question.Id ^ 1), question.Name, DnsType.A).ToArray(),
                [],
                question.Address(Right),
            ]
            : [question.Reply(0x8380).ToArray()]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(Right, ResolverKit.AddressOf(await kit.AskAsync(Name, DnsType.A)));
        Assert.Equal(1, kit.Ignored(ReplyVerdict.WrongId));
        Assert.Equal(1, kit.Ignored(ReplyVerdict.Malformed));
    }

    [Fact]
    public async Task A_connection_that_ends_early_gives_no_answer()
    {
        await using var server = new ScriptedResolver(question =>
            question.IsTcp ? [] : [question.Reply(0x8380).ToArray()]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(DnsOutcome.Unreachable, (await kit.AskAsync(Name, DnsType.A)).Outcome);
    }

    [Fact]
    public async Task A_reply_truncated_over_tcp_gives_no_answer()
    {
        await using var server = new ScriptedResolver(question => [question.Reply(0x8380).ToArray()]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(DnsOutcome.ServerFailed, (await kit.AskAsync(Name, DnsType.A)).Outcome);
    }

    [Fact]
    public async Task A_referral_is_not_a_negative_answer()
    {
        await using var server = new ScriptedResolver(question =>
            [question.Reply(0x8100).Raw("example.com", DnsType.Ns, [0], countAt: 8).ToArray()]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(DnsOutcome.ServerFailed, (await kit.AskAsync(Name, DnsType.A)).Outcome);
    }

    [Fact]
    public async Task Aliases_over_several_replies_are_bounded()
    {
        await using var server = new ScriptedResolver(question => [question.Reply()
            .Answer(new AliasRecord(question.Name, TimeSpan.Zero, $"n{question.Number}.example.com"))
            .ToArray()]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(DnsOutcome.AliasChain, (await kit.AskAsync(Name, DnsType.A)).Outcome);
        Assert.Equal(DnsAnswer.MaxAliases + 1, server.Count);
    }

    [Fact]
    public async Task An_alias_to_an_invalid_name_has_no_data()
    {
        await using var server = new ScriptedResolver(question => [question.Reply()
            .Raw(question.Name, DnsType.Cname, [1, (byte)'*', 0])
            .ToArray()]);
        using var kit = new ResolverKit($"{server.Endpoint}");

        Assert.Equal(DnsOutcome.NoData, (await kit.AskAsync(Name, DnsType.A)).Outcome);
    }

    private static string SwapCase(string name) =>
        string.Concat(name.Select(c => char.IsLower(c) ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c)));
}
