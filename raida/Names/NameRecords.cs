using System.Net;

namespace Rke.Raida.Names;

/// <summary>What a zone says of one name.</summary>
internal sealed class NameRecords
{
    public IPAddress? Address { get; set; }

    public IPEndPoint? Service { get; set; }

    /// <summary>UTF-8; the strings of all TXT records, joined by line feeds.</summary>
    public byte[]? Text { get; set; }
}
