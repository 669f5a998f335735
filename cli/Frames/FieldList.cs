namespace Rke.Cli;

/// <summary>
/// Walks through a frame from its first byte to its last and notes the fields. Never fails: frames end anywhere.
/// </summary>
/// <param name="frame">As it is, with decrypted bytes in the place of encrypted ones.</param>
/// <param name="showSecrets">Whether secret bytes are noted too.</param>
internal sealed class FieldList(byte[] frame, bool showSecrets)
{
    private readonly List<FrameField> _fields = [];

    public IReadOnlyList<FrameField> Fields => _fields;

    public int Offset { get; private set; }

    /// <summary>Where decrypted bytes begin and end.</summary>
    public Range Decrypted { get; init; }

    /// <summary>Why a frame that ends inside a field is short, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Notes the next <paramref name="length"/> bytes.</summary>
    public void Add(
        string name,
        int length,
        Func<byte[],
        string> meaning,
        Func<byte[],
        string?>? check = null,
        bool isSecret = false)
    {
        if (length <= 0 || Problem is not null)
        {
            return;
        }

        var have = Math.Min(length, frame.Length - Offset);
        if (have < length)
        {
            Problem = $"The frame ends at byte {frame.Length}; '{name}' would go to byte {Offset + length}.";
            length = have;
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
            isShort ? "cut short" : check?.Invoke(bytes)));
        Offset += length;
    }

    /// <summary>Notes bytes that must be one value.</summary>
    public void AddFixed(string name, ReadOnlySpan<byte> value, string meaning)
    {
        var expected = value.ToArray();
        Add(
            name,
            expected.Length,
            _ => meaning,
            bytes => bytes.AsSpan().SequenceEqual(expected) ? null : $"must be {HexText.Of(expected)}");
    }

    /// <summary>Notes whatever is left but the last <paramref name="keep"/> bytes.</summary>
    public void AddRest(string name, int keep, string meaning, bool isSecret = false) =>
        Add(name, frame.Length - Offset - keep, _ => meaning, isSecret: isSecret);
}
