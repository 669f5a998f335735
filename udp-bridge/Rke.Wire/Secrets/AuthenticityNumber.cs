using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// The 16 secret bytes (AN) that a coin shares with one key server: an AES-128 key. Its text is redacted, it has
/// no public properties for a serializer to print, and its bytes leave it only by <see cref="CopyTo"/>.
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

    /// <summary>Writes the 16 secret bytes. Whoever calls this clears the destination when done.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>Compares in constant time.</summary>
    public bool Equals(AuthenticityNumber other)
    {
        Span<byte> mine = stackalloc byte[Length];
        Span<byte> theirs = stackalloc byte[Length];
        CopyTo(mine);
        other.CopyTo(theirs);
        var equal = CryptographicOperations.FixedTimeEquals(mine, theirs);
        CryptographicOperations.ZeroMemory(mine);
        CryptographicOperations.ZeroMemory(theirs);
        return equal;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AuthenticityNumber other && Equals(other);

    /// <summary>The same for every number: a hash would tell bits of it.</summary>
    public override int GetHashCode() => 0;

    /// <inheritdoc/>
    public override string ToString() => "AuthenticityNumber(redacted)";

    public static bool operator ==(AuthenticityNumber left, AuthenticityNumber right) => left.Equals(right);

    public static bool operator !=(AuthenticityNumber left, AuthenticityNumber right) => !left.Equals(right);

    /// <summary>The signature of a response to an encrypted request: the plain challenge XOR the AN (docs/WIRE.md §4).</summary>
    internal UInt128 Sign(Challenge challenge) => challenge.Bits ^ _bits;
}
