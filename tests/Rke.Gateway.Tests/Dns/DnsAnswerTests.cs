using System.Net;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

public class DnsAnswerTests
{
    private static readonly DnsName Name = Names.Parse("a.example");

    [Fact]
    public void Follows_aliases_in_any_order_and_keeps_the_shortest_ttl()
    {
        var answer = From(Reply()
            .Answer(new AddressRecord("c.example", Seconds(50), IPAddress.Loopback))
            .Answer(new AliasRecord("B.example", Seconds(20), "c.example"))
            .Answer(new AliasRecord("a.example", Seconds(30), "b.EXAMPLE")));

        Assert.Equal(DnsOutcome.Found, answer.Outcome);
        Assert.Equal(Seconds(20), answer.Ttl);
        Assert.Single(answer.Records);
    }

    [Fact]
    public void Records_of_other_names_are_ignored()
    {
        var answer = From(Reply().Answer(new AddressRecord("evil.example", Seconds(50), IPAddress.Loopback)));

        Assert.Equal(DnsOutcome.NoData, answer.Outcome);
        Assert.Empty(answer.Records);
    }

    [Fact]
    public void Aliases_in_a_circle_are_an_error()
    {
        var answer = From(Reply()
            .Answer(new AliasRecord("a.example", Seconds(1), "b.example"))
            .Answer(new AliasRecord("b.example", Seconds(1), "a.example")));

        Assert.Equal(DnsOutcome.AliasChain, answer.Outcome);
    }

    [Theory]
    [InlineData(0x8180, nameof(DnsOutcome.NoData))]
    [InlineData(0x8183, nameof(DnsOutcome.NoName))]
    public void A_negative_answer_has_the_minimum_ttl_of_the_soa(int flags, string outcome)
    {
        var answer = From(Reply(flags).Authority(new AuthorityRecord("example", Seconds(90), Seconds(40))));

        Assert.Equal(outcome, answer.Outcome.ToString());
        Assert.Equal(Seconds(40), answer.Ttl);
    }

    [Fact]
    public void An_alias_whose_target_is_not_in_the_reply_is_returned()
    {
        var answer = From(Reply().Answer(new AliasRecord("a.example", Seconds(1), "b.other")));

        Assert.Equal("b.other", answer.AliasTarget);
    }

    private static ReplyWriter Reply(int flags = 0x8180) => new(1, Name.Value, DnsType.A, flags);

    private static DnsAnswer From(ReplyWriter writer)
    {
        Assert.Equal(DnsReadError.None, DnsReply.TryRead(writer.ToArray(), out var reply));
        return DnsAnswer.From(reply!, Name, DnsType.A);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
