using FsCheck;
using FsCheck.Fluent;
using Rke.Gateway.Tests.Dns;
using Rke.Lookup.Memberships;

namespace Rke.Gateway.Tests.Lookup;

public class MembershipParserProperties
{
    private static readonly string[] Pieces =
    [
        "1", "17", "65535", "r0=a.example 1 2", "r25=", "anonymous=ok", "[www.example.com]", "[*.example.com]",
        "[notes]", "[", "]", "co=6", "co:", "=", ":", ";", ",", " ", "\n", "\"", "srv_target=[::1]", "srv_port=75",
        "%.example.com", "\0", "\ud800", "x",
    ];

    [Fact]
    public void Any_text_is_parsed_within_bounds()
    {
        var texts = Gen.Elements(Pieces).ArrayOf().Select(string.Concat);

        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var records = MembershipParser.Parse(Names.Parse("www.example.com"), [text]);
            return records.Unreadable.Count <= ReportedLines.MaxLines + 1;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_invalid_line_never_hides_a_valid_line()
    {
        var rubbish = Gen.Elements("abcxyz=:%*()?!12 ".ToCharArray()).ArrayOf().Select(text => new string(text));

        Prop.ForAll(rubbish.ToArbitrary(), text =>
        {
            var record = $"{text};4321;{text}\nr9=h.example 1 2";
            var records = MembershipParser.Parse(Names.Parse("www.example.com"), [record]);
            return records.Memberships.Any(one => one.Network == 4321)
                && records.KeyServers.Any(one => one.RaidaId == 9);
        }).QuickCheckThrowOnFailure();
    }
}
