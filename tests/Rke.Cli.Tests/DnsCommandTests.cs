namespace Rke.Cli.Tests;

/// <summary>dns make and dns check with a real name server.</summary>
public sealed class DnsCommandTests
{
    private const string Domain = "receiver.example.test";

    [Fact]
    public async Task The_records_of_dns_make_pass_dns_check()
    {
        NameServer.Require(NameServer.Nsd);
        var made = (await Rkectl.RunAsync(
            "dns", "make", Domain, "--network", "6", "17", "--service", "signal.example.test:7575", "--server", "3=192.0.2.3:50003",
            "--ttl", "2m")).Expect(0).Out;
        Assert.Equal(
            [
                "_rke._udp.receiver.example.test.  120  IN  SRV  0 0 7575 signal.example.test.",
                "raida.receiver.example.test.      120  IN  TXT  \"6\" \"17\" \"r3=192.0.2.3 0 50003\"",
                "; signal.example.test needs an A or AAAA record.",
            ],
            made.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await using var names = await NameServer.StartAsync(NameServer.Nsd, ("example.test", Zone(made)));
        var run = await CheckAsync(names, Domain);
        Assert.Contains("signalling service signal.example.test:7575 (192.0.2.75)", run.Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("reads from network 6, 17 and 1 key servers", run.Out, StringComparison.Ordinal);

        run = await CheckAsync(names, "none.example.test");
        Assert.Contains("publish the records that 'rkectl dns make none.example.test' prints", run.Expect(8).Out, StringComparison.OrdinalIgnoreCase);
        run = await Rkectl.RunAsync("dns", "check", "x..y", "--json");
        Assert.Equal("problem", run.Expect(8).OutJson["results"]![0]!.Text("result"));
    }

    [Fact]
    public async Task A_resolver_that_does_not_answer_is_a_finding()
    {
        var run = await Rkectl.RunAsync("dns", "check", Domain, "--resolver", "127.0.0.1:1");
        Assert.Contains($"The records of {Domain} cannot be looked up: ", run.Expect(8).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_is_network_6_and_port_75()
    {
        var records = (await Rkectl.RunAsync("dns", "make", Domain, "--json")).Expect(0).OutJson["records"]!;
        Assert.Equal(
            [$"0 0 75 {Domain}.", "\"6\""], records.AsArray().Select(record => record!.Text("data")));
    }

    [Theory]
    [InlineData("not a domain name", "x y")]
    [InlineData("must be a host name", Domain, "--service", "192.0.2.1:75")]
    [InlineData("NUMBER=HOST:PORT", Domain, "--server", "25=192.0.2.1:75")]
    [InlineData("from 1s to 7d", Domain, "--ttl", "8d")]
    [InlineData("could not read '65535'", Domain, "--network", "65535")]
    public async Task A_wrong_command_line_is_explained(string text, params string[] arguments) =>
        Assert.Contains(text, (await Rkectl.RunAsync(["dns", "make", .. arguments])).Expect(2).Error, StringComparison.Ordinal);

    private static Task<RkectlRun> CheckAsync(NameServer names, string domain) =>
        Rkectl.RunAsync("dns", "check", domain, "--resolver", $"{names.Endpoint}");

    private static string Zone(string records) => $"""
        $ORIGIN example.test.
        $TTL 60
        @       IN SOA ns.example.test. admin.example.test. 1 3600 600 86400 60
        @       IN NS  ns.example.test.
        ns      IN A   127.0.0.1
        signal  IN A   192.0.2.75
        {records}

        """;
}
