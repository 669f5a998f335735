using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Rke.Gateway.Configuration;

/// <summary>
/// Sets the properties of options to the values of their keys. Microsoft's binder stops at the first wrong value. This one
/// collects all problems, and the keys that exist.
/// </summary>
internal sealed class OptionsBinder(IConfiguration configuration)
{
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _problems = [];

    /// <summary>The keys of all properties that are bound so far.</summary>
    public IReadOnlyCollection<string> Keys => _keys;

    /// <summary>Values that cannot be used: one line each, with the key and the fix.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Binds each property that has a setter. The key of a property is its name.</summary>
    public void Bind<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(
        TOptions options, string path)
        where TOptions : class
    {
        foreach (var property in typeof(TOptions).GetProperties().Where(property => property.CanWrite))
        {
            var key = $"{path}:{property.Name}";
            switch (property.GetValue(options))
            {
                case ISectionList list:
                    list.Bind(this, key);
                    break;
                case IDictionary map:
                    BindMap(map, property, key);
                    break;
                case IList list:
                    BindList(list, property, key);
                    break;
                default:
                    Read(property, property.PropertyType, key, value => property.SetValue(options, value));
                    break;
            }
        }
    }

    /// <summary>The last parts of the keys below a key.</summary>
    public IEnumerable<string> ChildrenOf(string path) => configuration.GetSection(path).GetChildren().Select(child => child.Key);

    // A list has one key for each element (Allow:0, Allow:1), or one value with commas.
    private void BindList(IList list, PropertyInfo property, string path)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        var type = property.PropertyType.GetGenericArguments()[0];
        foreach (var text in (TextOf(path) ?? "").Split(',', Options))
        {
            Convert(property, type, path, text, value => list.Add(value));
        }

        foreach (var child in ChildrenOf(path))
        {
            Read(property, type, $"{path}:{child}", value => list.Add(value));
        }
    }

    private void BindMap(IDictionary map, PropertyInfo property, string path)
    {
        if (property.GetCustomAttribute<NotEmptyAttribute>() is { } notEmpty && !ChildrenOf(path).Any())
        {
            _problems.Add($"{path}:0: {notEmpty.FormatErrorMessage("")}.");
        }

        var types = property.PropertyType.GetGenericArguments();
        foreach (var child in ChildrenOf(path))
        {
            var value = default(object);
            Read(property, types[1], $"{path}:{child}", converted => value = converted);
            if (!Conversion.Of(types[0]).TryParse(child, out var key))
            {
                _problems.Add($"{path}:{child}: there is no such key; {Conversion.Of(types[0]).Fix}.");
            }
            else if (value is not null)
            {
                map[key] = value;
            }
        }
    }

    private void Read(PropertyInfo property, Type type, string path, Action<object> set)
    {
        if (TextOf(path) is { } text)
        {
            Convert(property, type, path, text, set);
        }
    }

    private void Convert(PropertyInfo property, Type type, string path, string text, Action<object> set)
    {
        var conversion = Conversion.Of(Nullable.GetUnderlyingType(type) ?? type);
        var conditions = property.GetCustomAttributes<ValidationAttribute>().Where(condition => condition is not NotEmptyAttribute);
        var fix = conditions.Select(condition => FixOf(condition, conversion)).FirstOrDefault() ?? conversion.Fix;
        if (!conversion.TryParse(text, out var value))
        {
            _problems.Add($"{path} is '{text}': {fix}.");
            return;
        }

        set(value);
        if (!conditions.All(condition => condition.IsValid(value)))
        {
            _problems.Add($"{path} is '{text}': {fix}.");
        }
    }

    private static string FixOf(ValidationAttribute condition, Conversion conversion) => condition switch
    {
        RangeAttribute range => $"{conversion.Fix} from {range.Minimum} to {range.Maximum}",
        TimeRangeAttribute range => $"{conversion.Fix}, from {range.Minimum} to {range.Maximum}",
        _ => condition.FormatErrorMessage(""),
    };

    private string? TextOf(string path)
    {
        _keys.Add(path);
        var text = configuration[path];
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}

/// <summary>A property with a list of sections: <c>Networks:0</c>, <c>Networks:1</c> and so on.</summary>
internal interface ISectionList
{
    void Bind(OptionsBinder binder, string path);
}

/// <inheritdoc cref="ISectionList"/>
internal sealed class SectionList<[DynamicallyAccessedMembers(
    DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>
    : List<TOptions>, ISectionList
    where TOptions : class, new()
{
    private readonly List<string> _keys = [];

    /// <summary>The elements with the last part of their keys.</summary>
    public IEnumerable<(string Key, TOptions Options)> Keyed() => _keys.Zip(this);

    void ISectionList.Bind(OptionsBinder binder, string path)
    {
        foreach (var key in binder.ChildrenOf(path))
        {
            var options = new TOptions();
            binder.Bind(options, $"{path}:{key}");
            Add(options);
            _keys.Add(key);
        }
    }
}
