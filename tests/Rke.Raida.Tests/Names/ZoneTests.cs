using System.Text;
using Rke.Raida.Names;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Names;

public class ZoneTests
{
    private const string Text = """
        # names of a small network
        host.example       A    192.0.2.1      # its address
        _rke._udp.Example. SRV  192.0.2.7:75

        example  TXT  "first \"quoted\"" "second"
        example  txt  "third \\"
        long.example TXT "LONG"
        """;

    [Theory]
    [InlineData(NameRecordType.A, "host.example", "192.0.2.1:0")]
    [InlineData(NameRecordType.A, "HOST.Example.", "192.0.2.1:0")]
    [InlineData(NameRecordType.Srv, "_rke._udp.example", "192.0.2.7:75")]
    public async Task Addresses_and_services_are_found(NameRecordType type, string name, string expected)
    {
        await using var server = await RunningServer.StartAsync(WithZone(WireProfile.Rke));
        foreach (var plain in new[] { true, false })
        {
            var request = server.Client().LookUp(type, name, plain);
            var payload = request.PayloadOf(await server.Peer.ExchangeAsync(request.Datagram));
            Assert.True(NameLookupAnswer.TryRead(WireProfile.Rke, type, payload, out var answer, out var error), $"{error}");
            Assert.Equal(expected, $"{answer.Address}:{answer.Port}");
        }
    }

    [Fact]
    public async Task TXT_strings_are_joined_by_line_feeds()
    {
        await using var server = await RunningServer.StartAsync(WithZone(WireProfile.Rke));
        var request = server.Client().LookUp(NameRecordType.Txt, "example");
        var payload = request.PayloadOf(await server.Peer.ExchangeAsync(request.Datagram));
        Assert.Equal("first \"quoted\"\nsecond\nthird \\", Encoding.UTF8.GetString(payload));
    }

    [Theory]
    [InlineData(WireProfile.Rke, NameRecordType.A, "missing.example", WireStatus.NoSuchName)]
    [InlineData(WireProfile.Rke, NameRecordType.A, "example", WireStatus.NoSuchRecord)]
    [InlineData(WireProfile.Rke, NameRecordType.Srv, "example", WireStatus.NoSuchRecord)]
    [InlineData(WireProfile.Rke, NameRecordType.Txt, "host.example", WireStatus.NoSuchRecord)]
    [InlineData(WireProfile.Raidax, NameRecordType.A, "missing.example", WireStatus.NoSuchName)]
    [InlineData(WireProfile.Raidax, NameRecordType.Srv, "example", WireStatus.NoSuchRecord)]
    public async Task A_missing_name_or_record_has_its_status(WireProfile profile, NameRecordType type, string name, WireStatus status)
    {
        await using var server = await RunningServer.StartAsync(WithZone(profile));
        Assert.Equal(status, await server.StatusAsync(server.Client().LookUp(type, name)));
    }

    [Theory]
    [InlineData(WireProfile.Raidax, 3, "example", 184), InlineData(WireProfile.Rke, 9, "example", 184)]
    [InlineData(WireProfile.Raidax, 1, "a_b", 185), InlineData(WireProfile.Rke, 1, "a b", 185)]
    public async Task Invalid_lookups_are_rejected(WireProfile profile, byte type, string name, int status)
    {
        await using var server = await RunningServer.StartAsync(WithZone(profile));
        var datagram = server.Client().LookUp(NameRecordType.A, new string('x', name.Length)).Datagram;
        datagram[48] = type;
        Encoding.ASCII.GetBytes(name, datagram.AsSpan(49));
        Assert.Equal(status, (await server.Peer.ExchangeAsync(datagram))[2]);
    }

    [Fact]
    public async Task Addresses_are_found_in_the_raidax_profile()
    {
        await using var server = await RunningServer.StartAsync(WithZone(WireProfile.Raidax));
        var request = server.Client().LookUp(NameRecordType.A, "host.example");
        Assert.Equal([192, 0, 2, 1, 0, 0], request.PayloadOf(await server.Peer.ExchangeAsync(request.Datagram)));
    }

    [Fact]
    public async Task Unencrypted_lookups_cannot_amplify_traffic()
    {
        await using var server = await RunningServer.StartAsync(WithZone(WireProfile.Rke) with { AmplificationBytesPerSecond = 2_000 });
        var client = server.Client();
        var request = client.LookUp(NameRecordType.Txt, "long.example");
        Assert.Equal(1200, request.PayloadOf(await server.Peer.ExchangeAsync(request.Datagram)).Length);
        await server.AssertNoResponseAsync(request.Datagram, request.Datagram);

        // A request under a coin has no limit, and one second later the bucket is full again.
        var encrypted = client.LookUp(NameRecordType.Txt, "long.example", plain: false);
        Assert.Equal(1200, encrypted.PayloadOf(await server.Peer.ExchangeAsync(encrypted.Datagram)).Length);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1200, request.PayloadOf(await server.Peer.ExchangeAsync(request.Datagram)).Length);
    }

    [Theory]
    [InlineData("a.example", 1, "record type")]
    [InlineData("\na.example MX 1", 2, "record type")]
    [InlineData("a!example A 192.0.2.1", 1, "not a valid name")]
    [InlineData("a A ::1", 1, "IPv4")]
    [InlineData("a A 192.0.2.1 192.0.2.2", 1, "one IPv4")]
    [InlineData("a A 192.0.2.1\nA A 192.0.2.2", 2, "already")]
    [InlineData("a SRV 192.0.2.1", 1, "port")]
    [InlineData("a SRV 192.0.2.1:1\na SRV 192.0.2.1:2", 2, "already")]
    [InlineData("a TXT", 1, "double quotes")]
    [InlineData("a TXT x", 1, "double quotes")]
    [InlineData("a TXT \"x", 1, "double quotes")]
    [InlineData("a TXT \"x\" y", 1, "double quotes")]
    [InlineData("a TXT \"\"", 1, "no empty string")]
    public void An_error_names_its_line(string text, int line, string reason)
    {
        Assert.False(Zone.TryParse(text, out _, out var error));
        Assert.Equal(line, error.Line);
        Assert.Contains(reason, error.Reason);
    }

    [Fact]
    public void TXT_records_longer_than_1200_bytes_are_rejected()
    {
        Assert.True(Zone.TryParse($"a TXT \"{new string('x', 1200)}\"", out _, out _));
        Assert.False(Zone.TryParse($"a TXT \"{new string('x', 1199)}\" \"y\"", out _, out _));
    }

    private static KeyServerOptions WithZone(WireProfile profile)
    {
        var text = Text.Replace("LONG", new string('x', 1200));
        Assert.True(Zone.TryParse(text, out var zone, out var error), $"{error}");
        Assert.Equal(4, zone.Count);
        return new() { Profile = profile, Zone = zone };
    }
}
