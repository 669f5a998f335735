using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>The bytes and lengths in which the profiles differ (docs/WIRE.md §1).</summary>
public static class ProfileRules
{
    /// <summary>A request datagram is at most this long (docs/WIRE.md §7).</summary>
    public const int MaxRequestLength = 1400;

    /// <summary>The longest response that any command can have: a TXT record of 1200 bytes.</summary>
    public const int MaxResponseLength = ResponseHeader.Length + NameLookupAnswer.MaxTextLength + TrailerLength;

    /// <summary>The body trailer is two bytes, never encrypted.</summary>
    public const int TrailerLength = 2;

    /// <summary>The room in which a key part hides: 128 bytes.</summary>
    public const int PaddingLength = 128;

    /// <summary>Body trailer as a big-endian number: <c>E3 E3</c> or <c>3E 3E</c>.</summary>
    public static ushort Trailer(WireProfile profile) => profile == WireProfile.Rke ? (ushort)0xE3E3 : (ushort)0x3E3E;

    /// <summary>Request bytes 8-15.</summary>
    public static ulong Presentation(WireProfile profile) =>
        profile == WireProfile.Rke ? 0x01_00_00_00_00_00_00_00 : 0x00_00_00_00_00_00_01_01UL;

    /// <summary>The status that says success: 1 or 250.</summary>
    public static byte Success(WireProfile profile) => profile == WireProfile.Rke ? (byte)1 : (byte)250;

    /// <summary>Key start plus key length may not be more: 128, or 127 where the deployed server answers 196.</summary>
    public static int KeyRoom(WireProfile profile) => profile == WireProfile.Rke ? PaddingLength : PaddingLength - 1;

    /// <summary>A key part is 4, 8, 16, 24, 32 or 40 bytes (docs/WIRE.md §5).</summary>
    public static bool IsKeyLength(int length) => length is 4 or 8 or 16 or 24 or 32 or 40;

    internal static bool HasTrailer(WireProfile profile, ReadOnlySpan<byte> body) =>
        BinaryPrimitives.ReadUInt16BigEndian(body[^TrailerLength..]) == Trailer(profile);

    internal static void WriteTrailer(WireProfile profile, Span<byte> destination) =>
        BinaryPrimitives.WriteUInt16BigEndian(destination, Trailer(profile));
}
