using System.Net;

namespace Rke.Gateway.Demo;

/// <summary>A datagram that was seen on its way.</summary>
/// <param name="Path">Where it was seen.</param>
/// <param name="Caller">Who asks on that path.</param>
/// <param name="IsRequest">From the caller, not to it.</param>
/// <param name="Bytes">All of it.</param>
internal sealed record TappedDatagram(TappedPath Path, IPEndPoint Caller, bool IsRequest, byte[] Bytes)
{
    private const int HeaderLength = 32;
    private const int CommandOffset = 5;

    /// <summary>The command of a request to a key server.</summary>
    public byte Command => Bytes[CommandOffset];

    /// <summary>The header, which is never encrypted, in hexadecimal; the rest only by its length.</summary>
    public string Describe()
    {
        var header = Bytes.AsSpan(0, Math.Min(HeaderLength, Bytes.Length));
        var rest = Bytes.Length - header.Length;
        var hex = string.Join(' ', Convert.ToHexStringLower(header).Chunk(8).Select(group => new string(group)));
        var text = $"{(IsRequest ? '>' : '<')} {Bytes.Length,3} bytes  {hex}";
        return rest > 0 ? $"{text} + {rest}" : text;
    }
}
