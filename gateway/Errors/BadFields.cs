using Grpc.Core;

namespace Rke.Gateway.Errors;

/// <summary>Collects every field of a request that is wrong, so that the caller learns of all at once.</summary>
internal sealed class BadFields
{
    private List<BadField>? _fields;

    public bool Any => _fields is not null;

    public void Add(string path, string description) => (_fields ??= []).Add(new(path, description));

    /// <summary>Notes the field unless it is right; returns whether it is.</summary>
    public bool Check(bool right, string path, string description)
    {
        if (!right)
        {
            Add(path, description);
        }

        return right;
    }

    /// <summary>Ends the call if any field is wrong.</summary>
    public void ThrowIfAny()
    {
        if (_fields is not null)
        {
            throw ToFailure().ToException();
        }
    }

    public CallFailure ToFailure() => new(
        StatusCode.InvalidArgument,
        Reason.InvalidField,
        string.Join("; ", _fields!.Select(field => $"{field.Path}: {field.Description}")))
    {
        BadFields = _fields!,
    };
}
