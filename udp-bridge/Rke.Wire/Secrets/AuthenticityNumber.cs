using System.Buffers.Binary;
using System.Diagnostics;

namespace Rke.Wire;

/// <summary>
/// The authenticity number (AN): 16 secret bytes that a coin shares with one key server, and an AES-128 key
/// (docs/WIRE.md §3). The text is redacted, and there are no public properties for a serializer. Only <see
/// cref="CopyTo"/> returns the bytes.
/// </summary>
[DebuggerDisplay("AuthenticityNumber(redacted)")]
public readonly struct AuthenticityNumber : IEquatable<AuthenticityNumber>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    private readonly UInt128 _bits;

    private AuthenticityNumber(UInt128 bits) => _bits = bits;

    /// <summary>Reads the first 16 bytes.</summary>
    public static AuthenticityNumber Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes the 16 secret bytes. The caller clears the destination afterwards.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>Compares in constant time.</summary>
    public bool Equals(AuthenticityNumber other) => ConstantTime.AreEqual(_bits, other._bits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AuthenticityNumber other && Equals(other);

    /// <summary>0 for every number, because a hash would disclose bits of the number.</summary>
    public override int GetHashCode() => 0;

    /// <inheritdoc/>
    public override string ToString() => "AuthenticityNumber(redacted)";

    public static bool operator ==(AuthenticityNumber left, AuthenticityNumber right) => left.Equals(right);

    public static bool operator !=(AuthenticityNumber left, AuthenticityNumber right) => !left.Equals(right);

    /// <summary>
    /// The signature of the response to an encrypted request: the plain challenge XOR the AN (docs/WIRE.md §4).
    /// </summary>
    internal UInt128 Sign(Challenge challenge) => challenge.Bits ^ _bits;
}
