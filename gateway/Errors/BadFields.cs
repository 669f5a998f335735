using System.Globalization;
using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rke.Gateway.Errors;

/// <summary>Collects the invalid fields of a request, so that one error reports all of them.</summary>
internal sealed class BadFields
{
    private List<BadField>? _fields;

    public bool Any => _fields is not null;

    public void Add(string path, string description) => (_fields ??= []).Add(new(path, description));

    /// <summary>Adds the field if it is invalid. Returns whether it is valid.</summary>
    public bool Check(bool isValid, string path, string description)
    {
        if (!isValid)
        {
            Add(path, description);
        }

        return isValid;
    }

    /// <summary>Adds the field if it is invalid. Returns whether it is valid. A valid field needs no text.</summary>
    public bool Check(
        bool isValid, string path, [InterpolatedStringHandlerArgument(nameof(isValid))] ref BadFieldText description)
    {
        if (!isValid)
        {
            Add(path, description.ToStringAndClear());
        }

        return isValid;
    }

    /// <summary>Fails the call if any field is invalid.</summary>
    public void ThrowIfAny()
    {
        if (_fields is not null)
        {
            throw ToFailure().ToException();
        }
    }

    public CallFailure ToFailure() => new(StatusCode.InvalidArgument, Reason.InvalidField, Summary())
    {
        BadFields = _fields!,
    };

    // The details have all fields. The message is for people, so it has only the first.
    private string Summary()
    {
        var first = $"{_fields![0].Path}: {_fields[0].Description}";
        return _fields.Count == 1 ? first : $"{first} (and {_fields.Count - 1} more)";
    }
}

/// <summary>An invalid field of a request.</summary>
/// <param name="Path">The path in the proto message, such as <c>parts[3].server.host</c>.</param>
/// <param name="Description">What is valid. It never contains the value of the field.</param>
internal readonly record struct BadField(string Path, string Description);

/// <summary>The description of a field, which is formatted only if the field is invalid.</summary>
[InterpolatedStringHandler]
internal ref struct BadFieldText
{
    private DefaultInterpolatedStringHandler _text;

    public BadFieldText(int literalLength, int formattedCount, bool isValid, out bool isFormatted)
    {
        isFormatted = !isValid;
        if (isFormatted)
        {
            _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
        }
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
