using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.Gateway.Errors;

namespace Rke.Gateway.Json;

/// <summary>
/// Checks the JSON text of a message against the message's type. The transcoder ignores unknown fields, and its errors do not name the
/// field. The text can contain a key part, so errors contain names of fields and positions, and no values.
/// </summary>
internal ref struct JsonFields
{
    private const int MaxDepth = 16;
    private const int MaxBadFields = 100;
    private const int MaxNameSize = 100;
    private const int MaxShortValue = 64;

    private readonly BadFields _bad = new();
    private Utf8JsonReader _reader;
    private int _badCount;

    private JsonFields(ReadOnlySpan<byte> text) => _reader = new(text, new() { MaxDepth = MaxDepth });

    /// <summary>Returns what is wrong, or null.</summary>
    /// <param name="pathOfMessage">The path of the message in the request. Empty if it is the request.</param>
    public static CallFailure? FindProblem(ReadOnlySpan<byte> text, MessageDescriptor type, string pathOfMessage)
    {
        if (!Utf8.IsValid(text))
        {
            return Unreadable("it is not UTF-8");
        }

        var fields = new JsonFields(text);
        try
        {
            if (!fields._reader.Read() || fields._reader.TokenType != JsonTokenType.StartObject)
            {
                return Unreadable("it is not a JSON object");
            }

            fields.CheckMessage(type, pathOfMessage);
            return fields._reader.Read()
                ? Unreadable("there is more after the JSON object")
                : fields._bad.Any ? fields._bad.ToFailure() : null;
        }
        catch (JsonException exception)
        {
            return text.IsEmpty
                ? Unreadable("it is empty; write at least {}")
                : Unreadable($"it is not JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }
        catch (InvalidOperationException)
        {
            // A string has an escape sequence of half a character.
            return Unreadable("a string has an invalid escape sequence");
        }
    }

    /// <summary>Checks the text of a field in the query of a URL. Returns what to write, or null.</summary>
    public static string? FindProblem(string text, FieldDescriptor field)
    {
        // As JSON, numbers may be strings. Only bool has no string.
        if (field.FieldType == FieldType.Bool)
        {
            return text is "true" or "false" ? null : "Write true or false.";
        }

        var fields = new JsonFields(JsonSerializer.SerializeToUtf8Bytes(text, TextJson.Default.String));
        try
        {
            return fields._reader.Read() ? fields.FindProblem(field) : null;
        }
        catch (InvalidOperationException)
        {
            return "Write valid Unicode.";
        }
    }

    /// <summary>The field with a name in the form of JSON or of the proto file, or null.</summary>
    public static FieldDescriptor? Find(MessageDescriptor type, string name)
    {
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (field.JsonName == name || field.Name == name)
            {
                return field;
            }
        }

        return null;
    }

    private static CallFailure Unreadable(string problem) => new(
        StatusCode.InvalidArgument, Reason.MessageUnreadable, $"The body of the request cannot be read: {problem}.");

    private void CheckMessage(MessageDescriptor type, string path)
    {
        var seen = new HashSet<int>();
        var seenOneofs = new HashSet<OneofDescriptor>();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.GetString()!;
            if (Find(type, name) is not { } field)
            {
                Add(Join(path, ErrorText.Shorten(name, MaxNameSize)), $"{type.FullName} has no such field.");
                _reader.Skip();
                continue;
            }

            var fieldPath = Join(path, field.Name);
            _reader.Read();
            if (!seen.Add(field.FieldNumber))
            {
                Add(fieldPath, "It is there twice. Write it once.");
                _reader.Skip();
            }
            else if (_reader.TokenType == JsonTokenType.Null)
            {
                seen.Remove(field.FieldNumber);
            }
            else if (field.RealContainingOneof is { } oneof && !seenOneofs.Add(oneof))
            {
                Add(fieldPath, $"Write only one field of {oneof.Name}.");
                _reader.Skip();
            }
            else if (field.IsRepeated)
            {
                CheckArray(field, fieldPath);
            }
            else
            {
                CheckValue(field, fieldPath);
            }
        }
    }

    private void CheckArray(FieldDescriptor field, string path)
    {
        if (field.IsMap || _reader.TokenType != JsonTokenType.StartArray)
        {
            Add(path, "Write an array.");
            _reader.Skip();
            return;
        }

        for (var index = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; index++)
        {
            CheckValue(field, $"{path}[{index}]");
        }
    }

    private void CheckValue(FieldDescriptor field, string path)
    {
        if (field.FieldType == FieldType.Message && !IsText(field.MessageType) && _reader.TokenType == JsonTokenType.StartObject)
        {
            CheckMessage(field.MessageType, path);
            return;
        }

        if (FindProblem(field) is { } problem)
        {
            Add(path, problem);
        }

        _reader.Skip();
    }

    private readonly string? FindProblem(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Bool => _reader.TokenType is JsonTokenType.True or JsonTokenType.False ? null : "Write true or false.",
        FieldType.String => _reader.TokenType == JsonTokenType.String && IsReadable() ? null : "Write a string.",
        FieldType.Bytes => IsBase64() ? null : "Write base64 with padding, such as \"AAECAw==\".",
        FieldType.Enum => FindProblem(field.EnumType),
        FieldType.UInt32 or FieldType.Fixed32 => IsWhole(uint.MinValue, uint.MaxValue),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => IsWhole(int.MinValue, int.MaxValue),
        FieldType.UInt64 or FieldType.Fixed64 => IsWhole(ulong.MinValue, ulong.MaxValue),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => IsWhole(long.MinValue, long.MaxValue),
        FieldType.Message when field.MessageType.FullName == Timestamp.Descriptor.FullName => IsParsed(Timestamp.Parser)
            ? null
            : "Write a time, such as \"2030-01-31T12:00:00Z\".",
        FieldType.Message when field.MessageType.FullName == Duration.Descriptor.FullName => IsParsed(Duration.Parser)
            ? null
            : "Write seconds, such as \"1.5s\".",
        FieldType.Message => "Write an object.",
        _ => _reader.TokenType == JsonTokenType.Number ? null : "Write a number.",
    };

    private static bool IsText(MessageDescriptor type) =>
        type.FullName == Timestamp.Descriptor.FullName || type.FullName == Duration.Descriptor.FullName;

    private readonly string? FindProblem(EnumDescriptor type) =>
        (_reader.TokenType == JsonTokenType.String && type.FindValueByName(_reader.GetString()!) is not null)
        || (_reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out var number) && type.FindValueByNumber(number) is not null)
            ? null
            : $"Write one of {string.Join(", ", type.Values.Select(value => value.Name))}.";

    // Int128 has room for all types.
    private readonly string? IsWhole(Int128 minimum, Int128 maximum) =>
        _reader.TokenType is JsonTokenType.Number or JsonTokenType.String
        && _reader.ValueSpan.Length <= MaxShortValue
        && Int128.TryParse(_reader.ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        && value >= minimum && value <= maximum
            ? null
            : $"Write a whole number from {minimum} to {maximum}.";

    // The transcoder reads it in the same way.
    private readonly bool IsParsed<T>(Google.Protobuf.MessageParser<T> parser)
        where T : Google.Protobuf.IMessage<T>
    {
        if (_reader.TokenType != JsonTokenType.String || _reader.ValueSpan.Length > MaxShortValue)
        {
            return false;
        }

        try
        {
            parser.ParseJson(JsonSerializer.Serialize(_reader.GetString(), TextJson.Default.String));
            return true;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return false;
        }
    }

    // Throws if an escape sequence is half a character.
    private readonly bool IsReadable() => !_reader.ValueIsEscaped || _reader.GetString() is not null;

    private readonly bool IsBase64()
    {
        if (_reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        if (!_reader.ValueIsEscaped)
        {
            return Base64.IsValid(_reader.ValueSpan);
        }

        // Some encoders write \/ for a slash.
        var plain = ArrayPool<byte>.Shared.Rent(_reader.ValueSpan.Length);
        try
        {
            return Base64.IsValid(plain.AsSpan(0, _reader.CopyString(plain)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain, clearArray: true);
        }
    }

    private void Add(string path, string description)
    {
        // The text of the error has room for fewer.
        if (_badCount++ < MaxBadFields)
        {
            _bad.Add(path, description);
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
