using Rke.Gateway.Tests.Dns;
using Rke.V1;

namespace Rke.Gateway.Tests.KeyServers;

/// <summary><c>Rke:Dns:Via</c> = both, against a real DNS server and real key servers.</summary>
public sealed class BothNamesTests
{
    private const string Domain = "both.example.test";

    private const string Same = """
        _rke._udp.both.example.test   SRV 192.0.2.10:7575
        raida.both.example.test       TXT "17" "anonymous=ok"
        """;

    private const string Other = """
        _rke._udp.both.example.test   SRV 203.0.113.5:7575
        raida.both.example.test       TXT "18" "anonymous=ok"
        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Equal_answers_report_no_conflict(string program)
    {
        await using var dns = await NameServer.StartAsync(program, ("example.test", Zones.ExampleTest));
        await using var raida = await NameServers.StartAsync([Same, Same, Same]);
        await using var gateway = await StartAsync(dns, raida);
        var answer = await LookupAsync(gateway);
        Assert.Empty(answer.Conflicts);
        Assert.Equal(LookupResponse.Types.Source.Dns, answer.Source);
        Assert.Equal(new Endpoint { Host = "signal.example.test", Port = 7575 }, answer.Signal);
        Assert.Equal(17u, Assert.Single(answer.Memberships).Network);
        Assert.True(answer.Anonymous);
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Different_answers_use_the_key_servers_and_report_each_difference(string program)
    {
        await using var dns = await NameServer.StartAsync(program, ("example.test", Zones.ExampleTest));
        await using var raida = await NameServers.StartAsync([Other, Other, Other]);
        await using var gateway = await StartAsync(dns, raida);
        var answer = await LookupAsync(gateway);
        Assert.Equal(
            [
                "SRV _rke._udp.both.example.test: DNS has signal.example.test:7575, the key servers have 203.0.113.5:7575",
                "TXT raida.both.example.test: only DNS has '17'",
                "TXT raida.both.example.test: only the key servers have '18'",
            ],
            answer.Conflicts);
        Assert.Equal(LookupResponse.Types.Source.Raida, answer.Source);
        Assert.Equal(new Endpoint { Host = "203.0.113.5", Port = 7575 }, answer.Signal);
        Assert.Equal(18u, Assert.Single(answer.Memberships).Network);
    }

    [Fact]
    public async Task While_DNS_is_down_the_key_servers_answer()
    {
        await using var raida = await NameServers.StartAsync([Other, Other, Other]);
        var dns = await NameServer.StartAsync(NameServer.Nsd, ("example.test", Zones.ExampleTest));
        await using var gateway = await StartAsync(dns, raida);
        await dns.DisposeAsync();
        var answer = await LookupAsync(gateway);
        Assert.Equal(LookupResponse.Types.Source.Raida, answer.Source);
        Assert.Equal("203.0.113.5", answer.Signal.Host);
        Assert.Equal(2, answer.Conflicts.Count);
        Assert.All(answer.Conflicts, line => Assert.Contains("only the key servers answered", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_key_servers_are_down_DNS_answers_alone_and_without_both_the_lookup_fails()
    {
        await using var raida = await NameServers.StartAsync([Same, Same, Same]);
        var dns = await NameServer.StartAsync(NameServer.Nsd, ("example.test", Zones.ExampleTest));
        raida.Settings["Rke:Dns:MaximumTtl"] = "00:00:00";
        raida.Settings["Rke:Dns:StaleFor"] = "00:00:00";
        await using var gateway = await StartAsync(dns, raida);
        await raida.StopAsync();
        var answer = await LookupAsync(gateway);
        Assert.Equal(LookupResponse.Types.Source.Dns, answer.Source);
        Assert.Equal("signal.example.test", answer.Signal.Host);
        Assert.Equal(2, answer.Conflicts.Count);
        Assert.All(answer.Conflicts, line => Assert.Contains("only DNS answered", line, StringComparison.Ordinal));

        await dns.DisposeAsync();
        var failed = await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = Domain }, cancellationToken: Cancelled));
        Assert.Equal("LOOKUP_UNAVAILABLE", failed.Reason);
    }

    private static Task<RunningGateway> StartAsync(NameServer dns, NameServers raida)
    {
        raida.Settings["Rke:Dns:Via"] = "both";
        raida.Settings["Rke:Dns:Resolver"] = dns.Endpoint.ToString();
        raida.Settings["Rke:Dns:FirstWait"] = "00:00:01";
        return RunningGateway.StartAsync(raida.Settings);
    }

    private static Task<LookupResponse> LookupAsync(RunningGateway gateway) =>
        gateway.Client.LookupAsync(new() { Domain = Domain }, cancellationToken: Cancelled).ResponseAsync;
}
