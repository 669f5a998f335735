namespace Rke.Cli;

/// <summary>
/// Reads a frame field by field, from the first byte to the last. A frame can end inside any field.
/// </summary>
/// <param name="frame">The frame. Decrypted bytes replace the encrypted bytes.</param>
/// <param name="showSecrets">Whether the fields contain secret bytes.</param>
internal sealed class FieldReader(byte[] frame, bool showSecrets)
{
    private readonly List<DecodedField> _fields = [];

    public IReadOnlyList<DecodedField> Fields => _fields;

    public int Offset { get; private set; }

    /// <summary>The range of the decrypted bytes.</summary>
    public Range Decrypted { get; init; }

    /// <summary>The field in which the frame ends. Null if the frame does not end inside a field.</summary>
    public string? Problem { get; private set; }

    /// <summary>Adds the next <paramref name="length"/> bytes as a field.</summary>
    public void Add(
        string name,
        int length,
        Func<byte[], string> meaning,
        Func<byte[], string?>? check = null,
        bool isSecret = false)
    {
        if (length <= 0 || Problem is not null)
        {
            return;
        }

        var available = Math.Min(length, frame.Length - Offset);
        if (available < length)
        {
            Problem = $"The frame ends at byte {frame.Length}, but the field '{name}' ends at byte {Offset + length}.";
            length = available;
        }

        if (length == 0)
        {
            return;
        }

        var bytes = frame.AsSpan(Offset, length).ToArray();
        var isShort = Problem is not null;
        _fields.Add(new(
            Offset,
            length,
            name,
            isSecret && !showSecrets ? null : HexText.Of(bytes),
            isShort ? "" : meaning(bytes),
            Offset >= Decrypted.Start.Value && Offset < Decrypted.End.Value,
            isShort ? "truncated" : check?.Invoke(bytes)));
        Offset += length;
    }

    /// <summary>Adds a field that has one valid value.</summary>
    public void AddFixed(string name, ReadOnlySpan<byte> value, string meaning)
    {
        var expected = value.ToArray();
        Add(
            name,
            expected.Length,
            _ => meaning,
            bytes => bytes.AsSpan().SequenceEqual(expected) ? null : $"must be {HexText.Of(expected)}");
    }

    /// <summary>Adds the remaining bytes, except the last <paramref name="keep"/> bytes, as a field.</summary>
    public void AddRest(string name, int keep, string meaning, bool isSecret = false) =>
        Add(name, frame.Length - Offset - keep, _ => meaning, isSecret: isSecret);
}

/// <summary>One field of a decoded frame.</summary>
/// <param name="Bytes">Hex. Null if the bytes are secret and must not be shown.</param>
/// <param name="IsDecrypted">Whether the bytes are encrypted on the wire.</param>
/// <param name="Problem">Null if the field is valid, or cannot be checked.</param>
internal sealed record DecodedField(
    int Offset, int Length, string Name, string? Bytes, string Meaning, bool IsDecrypted, string? Problem);
