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
        await using var rig = await Rig.StartAsync(Serving(WireProfile.Rke));
        foreach (var plain in new[] { true, false })
        {
            var asked = rig.Owner().LookUp(type, name, plain);
            var payload = asked.PayloadOf(await rig.Peer.AskAsync(asked.Datagram));
            Assert.True(NameLookupAnswer.TryRead(type, payload, out var answer, out var error), $"{error}");
            Assert.Equal(expected, $"{answer.Address}:{answer.Port}");
        }
    }

    [Fact]
    public async Task Texts_are_joined_by_line_feeds()
    {
        await using var rig = await Rig.StartAsync(Serving(WireProfile.Rke));
        var asked = rig.Owner().LookUp(NameRecordType.Txt, "example");
        var payload = asked.PayloadOf(await rig.Peer.AskAsync(asked.Datagram));
        Assert.Equal("first \"quoted\"\nsecond\nthird \\", Encoding.UTF8.GetString(payload));
    }

    [Theory]
    [InlineData(WireProfile.Rke, NameRecordType.A, "nobody.example", WireStatus.NoSuchName)]
    [InlineData(WireProfile.Rke, NameRecordType.A, "example", WireStatus.NoSuchRecord)]
    [InlineData(WireProfile.Rke, NameRecordType.Srv, "example", WireStatus.NoSuchRecord)]
    [InlineData(WireProfile.Rke, NameRecordType.Txt, "host.example", WireStatus.NoSuchRecord)]
    [InlineData(WireProfile.Raidax, NameRecordType.A, "nobody.example", WireStatus.NoSuchName)]
    [InlineData(WireProfile.Raidax, NameRecordType.Srv, "example", WireStatus.NoSuchRecord)]
    public async Task What_is_missing_is_said(WireProfile profile, NameRecordType type, string name, WireStatus status)
    {
        await using var rig = await Rig.StartAsync(Serving(profile));
        Assert.Equal(status, await rig.StatusAsync(rig.Owner().LookUp(type, name)));
    }

    [Theory]
    [InlineData(WireProfile.Raidax, 3, "example", 184), InlineData(WireProfile.Rke, 9, "example", 184)]
    [InlineData(WireProfile.Raidax, 1, "a_b", 185), InlineData(WireProfile.Rke, 1, "a b", 185)]
    public async Task Impossible_questions_are_refused(WireProfile profile, byte type, string name, int status)
    {
        await using var rig = await Rig.StartAsync(Serving(profile));
        var datagram = rig.Owner().LookUp(NameRecordType.A, new string('x', name.Length)).Datagram;
        datagram[48] = type;
        Encoding.ASCII.GetBytes(name, datagram.AsSpan(49));
        Assert.Equal(status, (await rig.Peer.AskAsync(datagram))[2]);
    }

    [Fact]
    public async Task The_raidax_profile_finds_addresses()
    {
        await using var rig = await Rig.StartAsync(Serving(WireProfile.Raidax));
        var asked = rig.Owner().LookUp(NameRecordType.A, "host.example");
        Assert.Equal([192, 0, 2, 1, 0, 0], asked.PayloadOf(await rig.Peer.AskAsync(asked.Datagram)));
    }

    [Fact]
    public async Task A_forger_gets_no_amplifier()
    {
        await using var rig = await Rig.StartAsync(Serving(WireProfile.Rke) with { SurplusBytesPerSecond = 2_000 });
        var client = rig.Owner();
        var asked = client.LookUp(NameRecordType.Txt, "long.example");
        Assert.Equal(1200, asked.PayloadOf(await rig.Peer.AskAsync(asked.Datagram)).Length);
        await rig.AssertSilenceAsync(asked.Datagram, asked.Datagram);

        // Whoever has a coin is no forger, and a second later there is room again.
        var encrypted = client.LookUp(NameRecordType.Txt, "long.example", plain: false);
        Assert.Equal(1200, encrypted.PayloadOf(await rig.Peer.AskAsync(encrypted.Datagram)).Length);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1200, asked.PayloadOf(await rig.Peer.AskAsync(asked.Datagram)).Length);
    }

    [Theory]
    [InlineData("a.example", 1, "record type")]
    [InlineData("\na.example MX 1", 2, "record type")]
    [InlineData("a!example A 192.0.2.1", 1, "no name")]
    [InlineData("a A ::1", 1, "IPv4")]
    [InlineData("a A 192.0.2.1 192.0.2.2", 1, "one IPv4")]
    [InlineData("a A 192.0.2.1\nA A 192.0.2.2", 2, "already")]
    [InlineData("a SRV 192.0.2.1", 1, "port")]
    [InlineData("a SRV 192.0.2.1:1\na SRV 192.0.2.1:2", 2, "already")]
    [InlineData("a TXT", 1, "double quotes")]
    [InlineData("a TXT x", 1, "double quotes")]
    [InlineData("a TXT \"x", 1, "double quotes")]
    [InlineData("a TXT \"x\" y", 1, "double quotes")]
    [InlineData("a TXT \"\"", 1, "none empty")]
    public void A_mistake_is_named_with_its_line(string text, int line, string reason)
    {
        Assert.False(Zone.TryParse(text, out _, out var error));
        Assert.Equal(line, error.Line);
        Assert.Contains(reason, error.Reason);
    }

    [Fact]
    public void Texts_longer_than_1200_bytes_are_refused()
    {
        Assert.True(Zone.TryParse($"a TXT \"{new string('x', 1200)}\"", out _, out _));
        Assert.False(Zone.TryParse($"a TXT \"{new string('x', 1199)}\" \"y\"", out _, out _));
    }

    private static KeyServerOptions Serving(WireProfile profile)
    {
        var text = Text.Replace("LONG", new string('x', 1200));
        Assert.True(Zone.TryParse(text, out var zone, out var error), $"{error}");
        Assert.Equal(4, zone.Count);
        return new() { Profile = profile, Zone = zone };
    }
}
