namespace Rke.Gateway.Demo;

/// <summary>A datagram that was seen on its way.</summary>
/// <param name="RaidaId">The key server that it goes to or comes from.</param>
/// <param name="IsRequest">To the key server.</param>
/// <param name="Bytes">All of it.</param>
internal sealed record TappedDatagram(byte RaidaId, bool IsRequest, byte[] Bytes)
{
    private const int HeaderLength = 32;

    /// <summary>The header, which is never encrypted, in hexadecimal; the rest only by its length.</summary>
    public string Describe() => Describe(Bytes);

    public static string Describe(ReadOnlySpan<byte> datagram)
    {
        var header = datagram[..Math.Min(HeaderLength, datagram.Length)];
        var rest = datagram.Length - header.Length;
        var hex = string.Join(' ', Convert.ToHexStringLower(header).Chunk(8).Select(group => new string(group)));
        return rest > 0 ? $"{datagram.Length,3} bytes  {hex} + {rest}" : $"{datagram.Length,3} bytes  {hex}";
    }
}
