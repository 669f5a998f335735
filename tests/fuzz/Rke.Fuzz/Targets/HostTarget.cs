using System.Text;
using Rke.Dns;
using Rke.Fuzz.Driving;

namespace Rke.Fuzz.Targets;

/// <summary>Names and addresses of hosts in requests, records and settings.</summary>
internal sealed class HostTarget() : FuzzTarget("host")
{
    public override int MaxLength => 1024;

    public override bool IsText => true;

    public override IReadOnlyList<byte[]> Words { get; } =
        [.. ((string[])[".", "..", "127.0.0.1", "::1", "[::1]", "%eth0", "0x7f", "017", "::ffff:", "xn--", "-", "_", "1.2.3"])
            .Select(Encoding.ASCII.GetBytes)];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (DnsName.TryParse(text, out var name, out var error))
        {
            PropertyViolation.Unless(error == DnsNameError.None, "A valid name has an error.");
            PropertyViolation.Unless(
                DnsName.TryParse(name.Value, out var again, out _) && again == name, "A name changes when it is written and read.");
            CheckOnTheWire(name);
        }
        else
        {
            PropertyViolation.Unless(error != DnsNameError.None && error.Describe().Length > 0, "An invalid name has no error.");
        }

        if (HostText.TryParse(text, out var host))
        {
            PropertyViolation.Unless(
                HostText.TryParse(host, out var same) && same == host, "A host changes when it is written and read.");
            PropertyViolation.Unless(
                HostText.TryParseAddress(host, out _) || DnsName.TryParse(host, out _, out _), "A host is neither an address nor a name.");
        }

        if (HostText.TryParseTarget(text, out var address))
        {
            PropertyViolation.Unless(
                !address.IsIPv4MappedToIPv6 && HostText.TryParseTarget(address.ToString(), out var same) && same.Equals(address),
                "An address changes when it is written and read.");
        }
    }

    private static void CheckOnTheWire(DnsName name)
    {
        Span<byte> bytes = stackalloc byte[256];
        var writer = new DnsWriter(bytes);
        PropertyViolation.Unless(writer.TryWriteName(name.Value), "A valid name cannot be written to a query.");
        var reader = new DnsReader(bytes[..writer.Length]);
        PropertyViolation.Unless(
            reader.TryReadName(out var read) && reader.IsAtEnd && read == name.Value, "A name changes in a DNS message.");
    }
}
