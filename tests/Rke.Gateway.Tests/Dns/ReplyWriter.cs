using System.Buffers.Binary;
using System.Text;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

/// <summary>Writes replies like a server, with compressed names.</summary>
internal sealed class ReplyWriter
{
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);

    public ReplyWriter(ushort id, string name, DnsType type, int flags = 0x8180)
    {
        Add16(id);
        Add16(flags);
        Add16(1);
        Add16(0);
        Add16(0);
        Add16(0);
        AddName(name);
        Add16((int)type);
        Add16(1);
    }

    public byte[] ToArray() => [.. _bytes];

    public ReplyWriter Answer(DnsRecord record) => Add(record, countAt: 6);

    public ReplyWriter Authority(DnsRecord record) => Add(record, countAt: 8);

    public ReplyWriter Raw(string name, DnsType type, byte[] data, int recordClass = 1, int countAt = 6)
    {
        Begin(name, type, ttl: 60, recordClass, countAt);
        Add16(data.Length);
        _bytes.AddRange(data);
        return this;
    }

    private ReplyWriter Add(DnsRecord record, int countAt)
    {
        var type = record switch
        {
            AddressRecord address => address.Address.GetAddressBytes().Length == 4 ? DnsType.A : DnsType.Aaaa,
            AliasRecord => DnsType.Cname,
            ServiceRecord => DnsType.Srv,
            TextRecord => DnsType.Txt,
            _ => DnsType.Soa,
        };
        Begin(record.Name, type, (int)record.Ttl.TotalSeconds, recordClass: 1, countAt);
        var lengthAt = _bytes.Count;
        Add16(0);
        switch (record)
        {
            case AddressRecord address:
                _bytes.AddRange(address.Address.GetAddressBytes());
                break;
            case AliasRecord alias:
                AddName(alias.Target);
                break;
            case ServiceRecord service:
                Add16(service.Priority);
                Add16(service.Weight);
                Add16(service.Port);
                AddName(service.Target);
                break;
            case TextRecord text:
                foreach (var part in text.Strings)
                {
                    _bytes.Add((byte)part.Length);
                    _bytes.AddRange(part);
                }

                break;
            case AuthorityRecord authority:
                AddName("ns." + authority.Name);
                AddName("mail." + authority.Name);
                _bytes.AddRange(new byte[16]);
                Add32((int)authority.Minimum.TotalSeconds);
                break;
        }

        Put16(lengthAt, _bytes.Count - lengthAt - 2);
        return this;
    }

    private void Begin(string name, DnsType type, int ttl, int recordClass, int countAt)
    {
        Put16(countAt, (_bytes[countAt] << 8) + _bytes[countAt + 1] + 1);
        AddName(name);
        Add16((int)type);
        Add16(recordClass);
        Add32(ttl);
    }

    private void AddName(string name)
    {
        while (name is not ("" or "."))
        {
            if (_names.TryGetValue(name, out var at))
            {
                Add16(0xC000 | at);
                return;
            }

            if (_bytes.Count < 0x4000)
            {
                _names[name] = _bytes.Count;
            }

            var dot = name.IndexOf('.');
            var label = dot < 0 ? name : name[..dot];
            _bytes.Add((byte)label.Length);
            _bytes.AddRange(Encoding.ASCII.GetBytes(label));
            name = dot < 0 ? "" : name[(dot + 1)..];
        }

        _bytes.Add(0);
    }

    private void Add16(int value)
    {
        _bytes.Add((byte)(value >> 8));
        _bytes.Add((byte)value);
    }

    private void Put16(int at, int value)
    {
        _bytes[at] = (byte)(value >> 8);
        _bytes[at + 1] = (byte)value;
    }

    private void Add32(int value)
    {
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(buffer, value);
        _bytes.AddRange(buffer);
    }
}
