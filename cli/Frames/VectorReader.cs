using System.Net;
using System.Text.Json;

namespace Rke.Cli;

/// <summary>
/// Reads the fields of one vector. An invalid field adds an error with the vector's name and the field's path, and the
/// reader returns a default value. One run therefore reports all errors.
/// </summary>
internal sealed class VectorReader
{
    private readonly JsonElement _element;
    private readonly List<FieldFailure> _errors;
    private readonly int _errorsBefore;
    private readonly string _path;

    public VectorReader(JsonElement element, int index, List<FieldFailure> errors)
    {
        _element = element;
        _errors = errors;
        _errorsBefore = errors.Count;
        _path = $"vectors[{index}]";
        Name = _path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new(_path, "must be an object."));
            return;
        }

        Name = Text("name");
        if (Name.Length == 0 || Name.Any(char.IsControl))
        {
            Fail("name", "must be a string without control characters.");
        }
        else
        {
            _path = Name;
        }
    }

    private VectorReader(JsonElement element, string path, List<FieldFailure> errors)
    {
        _element = element;
        _errors = errors;
        _errorsBefore = errors.Count;
        _path = path;
        Name = path;
    }

    public string Name { get; }

    public bool IsValid => _errors.Count == _errorsBefore;

    public bool Has(string field) =>
        _element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(field, out _);

    public void Fail(string field, string description) => _errors.Add(new($"{_path}.{field}", description));

    public string Text(string field)
    {
        if (Get(field) is { ValueKind: JsonValueKind.String } value)
        {
            return value.GetString()!;
        }

        Fail(field, "must be a string.");
        return "";
    }

    public T Choice<T>(string field, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        var text = Get(field) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        foreach (var choice in choices)
        {
            if (choice.Text == text)
            {
                return choice.Value;
            }
        }

        var names = new List<string>();
        foreach (var choice in choices)
        {
            names.Add($"\"{choice.Text}\"");
        }

        Fail(field, $"must be {string.Join(" or ", names)}.");
        return choices[0].Value;
    }

    public long Integer(string field, long min, long max)
    {
        if (Get(field) is { ValueKind: JsonValueKind.Number } value
            && value.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(field, $"must be an integer from {min} to {max}.");
        return min;
    }

    public byte[] Hex(string field, params ReadOnlySpan<int> lengths)
    {
        if (Get(field) is { ValueKind: JsonValueKind.String } value
            && HexText.TryParse(value.GetString()!, out var bytes) && lengths.Contains(bytes.Length))
        {
            return bytes;
        }

        var expected = string.Join(", ", lengths.ToArray());
        Fail(field, $"must be {expected} bytes in hexadecimal digits.");
        return new byte[lengths[0]];
    }

    public IPAddress Address(string field)
    {
        if (Get(field) is { ValueKind: JsonValueKind.String } value
            && IPAddress.TryParse(value.GetString(), out var address))
        {
            return address;
        }

        Fail(field, "must be an IPv4 or IPv6 address.");
        return IPAddress.IPv6None;
    }

    public IReadOnlyList<VectorReader> List(string field)
    {
        if (Get(field) is not { ValueKind: JsonValueKind.Array } value)
        {
            Fail(field, "must be an array.");
            return [];
        }

        return [.. value.EnumerateArray().Select((item, index) =>
            new VectorReader(item, $"{_path}.{field}[{index}]", _errors))];
    }

    private JsonElement? Get(string field) =>
        _element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(field, out var value) ? value : null;
}
