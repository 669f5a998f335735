using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions.Store;

/// <summary>A position in the order of arrival.</summary>
/// <param name="Epoch">The epoch of the store that the number belongs to. Empty for the start.</param>
/// <param name="Number">The number of the last session before the position. 0 if there is none.</param>
internal readonly record struct SessionCursor(string Epoch, ulong Number)
{
    public static readonly SessionCursor Start = new("", 0);

    /// <inheritdoc/>
    public override string ToString() =>
        Epoch.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Number}");
}

/// <summary>An epoch of a store: the time in which its numbers and its claims are complete.</summary>
/// <param name="Name">Up to 40 hexadecimal digits.</param>
/// <param name="Secret">Encrypts the numbers of cursors. Only the store and the gateways have it.</param>
internal sealed record StoreEpoch(string Name, string Secret)
{
    /// <summary>Before the first page of a store.</summary>
    public static readonly StoreEpoch None = new("", "");

    /// <inheritdoc/>
    public override string ToString() => $"StoreEpoch({Name}, redacted)";
}

/// <summary>
/// The text of a position, for callers. The number is encrypted: its differences would disclose how many sessions of other peers arrived.
/// <code>
/// name of the epoch (1-40 hexadecimal digits) | "." | AES-256(number (8) | purpose (8)), 32 hexadecimal digits
/// </code>
/// </summary>
internal static class CursorText
{
    private const int BlockLength = 16;
    private const int MaxEpochLength = 40;

    /// <param name="cursor">A position in the epoch.</param>
    public static string Write(SessionCursor cursor, StoreEpoch epoch, CursorPurpose purpose)
    {
        Span<byte> block = stackalloc byte[BlockLength];
        BinaryPrimitives.WriteUInt64BigEndian(block, cursor.Number);
        BinaryPrimitives.WriteUInt64BigEndian(block[sizeof(ulong)..], (ulong)purpose);
        using var cipher = CipherOf(epoch);
        cipher.EncryptEcb(block, block, PaddingMode.None);
        return $"{epoch.Name}.{Convert.ToHexStringLower(block)}";
    }

    /// <summary>
    /// Reads a text. A text of another epoch is the position before the first session of that epoch. Returns false if the text is no cursor
    /// of this purpose.
    /// </summary>
    public static bool TryRead(string text, StoreEpoch epoch, CursorPurpose purpose, out SessionCursor cursor)
    {
        cursor = SessionCursor.Start;
        if (text.Length == 0)
        {
            return true;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        Span<byte> block = stackalloc byte[BlockLength];
        if (dot is <= 0 or > MaxEpochLength || text.Length != dot + 1 + (2 * BlockLength)
            || !text.AsSpan(0, dot).ContainsOnlyHexDigits()
            || Convert.FromHexString(text.AsSpan(dot + 1), block, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        if (!text.AsSpan(0, dot).SequenceEqual(epoch.Name))
        {
            cursor = new(text[..dot], 0);
            return true;
        }

        using var cipher = CipherOf(epoch);
        cipher.DecryptEcb(block, block, PaddingMode.None);
        if (BinaryPrimitives.ReadUInt64BigEndian(block[sizeof(ulong)..]) != (ulong)purpose)
        {
            return false;
        }

        cursor = new(epoch.Name, BinaryPrimitives.ReadUInt64BigEndian(block));
        return true;
    }

    // One block has no structure that the mode could show.
    private static Aes CipherOf(StoreEpoch epoch)
    {
        var cipher = Aes.Create();
        cipher.SetKey(SHA256.HashData(Encoding.ASCII.GetBytes(epoch.Secret)));
        return cipher;
    }

    private static bool ContainsOnlyHexDigits(this ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiHexDigitLower(letter))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What a cursor is for. A cursor of one purpose is invalid for the other.</summary>
internal enum CursorPurpose
{
    Watch = 1,
    List = 2,
}
