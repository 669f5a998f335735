using System.Text;

namespace Rke.Fuzz.Http2;

/// <summary>Writes a header block of HPACK (RFC 7541), valid or not.</summary>
internal sealed class HeaderBlock
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    /// <summary>An entry of the static or dynamic table (§6.1).</summary>
    public HeaderBlock Indexed(int index) => Number(0x80, 7, index);

    /// <summary>A literal header field with a new name (§6.2).</summary>
    /// <param name="isIndexed">Whether the field joins the dynamic table.</param>
    public HeaderBlock Literal(string name, string value, bool isIndexed = false)
    {
        _bytes.Add(isIndexed ? (byte)0x40 : (byte)0);
        return Text(name).Text(value);
    }

    /// <summary>A change of the size of the dynamic table (§6.3).</summary>
    public HeaderBlock TableSize(int size) => Number(0x20, 5, size);

    /// <summary>A string whose length is a lie.</summary>
    public HeaderBlock BrokenText(int length)
    {
        _bytes.Add(0);
        Number(0, 7, length);
        _bytes.Add((byte)'x');
        return this;
    }

    /// <summary>Bytes that only claim to be Huffman code.</summary>
    public HeaderBlock Huffman(ReadOnlySpan<byte> code)
    {
        _bytes.Add(0);
        Text("x-huffman");
        Number(0x80, 7, code.Length);
        _bytes.AddRange(code);
        return this;
    }

    private HeaderBlock Text(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        Number(0, 7, bytes.Length);
        _bytes.AddRange(bytes);
        return this;
    }

    // §5.1: a number with a prefix of some bits.
    private HeaderBlock Number(byte first, int prefix, int value)
    {
        var limit = (1 << prefix) - 1;
        if (value < limit)
        {
            _bytes.Add((byte)(first | value));
            return this;
        }

        _bytes.Add((byte)(first | limit));
        for (value -= limit; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)((value & 0x7F) | 0x80));
        }

        _bytes.Add((byte)value);
        return this;
    }
}
