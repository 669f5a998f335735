using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>
/// The two profiles of the protocol (docs/WIRE.md §1). All servers of a network have the same profile.
/// </summary>
public enum WireProfile
{
    /// <summary>The protocol of the source documents: trailer <c>E3 E3</c>, success status 1.</summary>
    Rke,

    /// <summary>The protocol of the deployed server: trailer <c>3E 3E</c>, success status 250.</summary>
    Raidax,
}

/// <summary>The bytes and lengths that differ between the profiles (docs/WIRE.md §1), and the limits of both.</summary>
public static class ProfileRules
{
    /// <summary>The maximum length of a request datagram in bytes (docs/WIRE.md §7).</summary>
    public const int MaxRequestLength = 1400;

    /// <summary>
    /// The maximum length of a response datagram in bytes. The longest payload is a TXT record of 1200 bytes.
    /// </summary>
    public const int MaxResponseLength = ResponseHeader.Length + NameLookupAnswer.MaxTextLength + TrailerLength;

    /// <summary>Length of the body trailer in bytes. The trailer is never encrypted.</summary>
    public const int TrailerLength = 2;

    /// <summary>Length in bytes of the padding that contains a key part (docs/WIRE.md §5).</summary>
    public const int PaddingLength = 128;

    /// <summary>The body trailer as a big-endian number: <c>E3 E3</c> or <c>3E 3E</c>.</summary>
    public static ushort Trailer(WireProfile profile) => profile == WireProfile.Rke ? (ushort)0xE3E3 : (ushort)0x3E3E;

    /// <summary>The presentation: bytes 8-15 of a request.</summary>
    public static ulong Presentation(WireProfile profile) =>
        profile == WireProfile.Rke ? 0x01_00_00_00_00_00_00_00 : 0x00_00_00_00_00_00_01_01UL;

    /// <summary>The success status: 1 or 250.</summary>
    public static byte Success(WireProfile profile) => profile == WireProfile.Rke ? (byte)1 : (byte)250;

    /// <summary>
    /// The maximum of key start plus key length: 128 (docs/WIRE.md §5), or 127, above which the deployed server returns
    /// 196 (docs/WIRE.md §6).
    /// </summary>
    public static int KeyRoom(WireProfile profile) => profile == WireProfile.Rke ? PaddingLength : PaddingLength - 1;

    /// <summary>Whether a key part can have this length: 4, 8, 16, 24, 32 or 40 bytes (docs/WIRE.md §5).</summary>
    public static bool IsKeyLength(int length) => length is 4 or 8 or 16 or 24 or 32 or 40;

    internal static bool HasTrailer(WireProfile profile, ReadOnlySpan<byte> body) =>
        BinaryPrimitives.ReadUInt16BigEndian(body[^TrailerLength..]) == Trailer(profile);

    internal static void WriteTrailer(WireProfile profile, Span<byte> destination) =>
        BinaryPrimitives.WriteUInt16BigEndian(destination, Trailer(profile));
}
