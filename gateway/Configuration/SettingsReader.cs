using System.Globalization;

namespace Rke.Gateway.Configuration;

/// <summary>
/// Reads one section of the configuration and remembers which keys exist. What cannot be read is noted, with the key
/// and the fix, and reading goes on: whoever starts the gateway sees every mistake at once.
/// </summary>
internal sealed class SettingsReader
{
    private readonly IConfiguration _section;
    private readonly SettingsReading _reading;
    private readonly string _path;

    public SettingsReader(IConfiguration configuration, string path)
        : this(configuration.GetSection(path), new SettingsReading(), path)
    {
    }

    private SettingsReader(IConfiguration section, SettingsReading reading, string path)
    {
        _section = section;
        _reading = reading;
        _path = path;
    }

    /// <summary>What is wrong so far.</summary>
    public IReadOnlyList<string> Problems => _reading.Problems;

    /// <summary>The last part of this section's path.</summary>
    public string Name => _path[(_path.LastIndexOf(':') + 1)..];

    /// <summary>A key's full name, as the operator writes it.</summary>
    public string PathOf(string key) => $"{_path}:{key}";

    /// <summary>Notes what is wrong with a key and how to put it right.</summary>
    public void Reject(string key, string problem, string fix) => _reading.Add(PathOf(key), problem, fix);

    /// <summary>A text; null where the key is absent or empty.</summary>
    public string? Text(string key)
    {
        _reading.Know(PathOf(key));
        var text = _section[key];
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    /// <summary>The path of a file that is there.</summary>
    public string? ExistingFile(string key)
    {
        var path = Text(key);
        if (path is not null && !File.Exists(path))
        {
            Reject(key, $"there is no file '{path}'", "write the path of the file");
        }

        return path;
    }

    /// <summary>A whole number in a range.</summary>
    public int? Number(string key, int least, int most) => Read<int>(
        key,
        (text, out value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= least && value <= most,
        $"write a whole number from {least} to {most}");

    /// <summary>A time as <c>hh:mm:ss</c> with an optional fraction, in a range.</summary>
    public TimeSpan? Time(string key, TimeSpan least, TimeSpan most) => Read<TimeSpan>(
        key,
        (text, out value) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value) && text.Contains(':')
            && value >= least && value <= most,
        $"write a time as hh:mm:ss, from {least} to {most}");

    /// <summary>true or false.</summary>
    public bool? Flag(string key) => Read<bool>(key, bool.TryParse, "write true or false");

    /// <summary>One of a few words.</summary>
    public TChoice? Choice<TChoice>(string key)
        where TChoice : struct, Enum => Read<TChoice>(
        key,
        (text, out value) => Enum.TryParse(text, ignoreCase: true, out value) && !char.IsAsciiDigit(text[0]),
        $"write {string.Join(" or ", Enum.GetNames<TChoice>().Select(name => name.ToLowerInvariant()))}");

    /// <summary>A share, 0 to 1.</summary>
    public double? Share(string key) => Read<double>(
        key,
        (text, out value) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
            && value is >= 0 and <= 1,
        "write a number from 0 to 1");

    /// <summary>A value with a reader of its own.</summary>
    public TValue? Read<TValue>(string key, TryParse<TValue> parse, string fix)
        where TValue : struct
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (parse(text, out var value))
        {
            return value;
        }

        Reject(key, $"'{text}' cannot be used", fix);
        return null;
    }

    /// <summary>The texts of a list: one a numbered key, or all in one with commas between.</summary>
    public IReadOnlyList<(string Key, string Text)> List(string key)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        var list = (Text(key) ?? "").Split(',', Options).Select(text => (key, text)).ToList();
        var section = Section(key);
        foreach (var child in _section.GetSection(key).GetChildren())
        {
            if (section.Text(child.Key) is { } text)
            {
                list.Add(($"{key}:{child.Key}", text));
            }
        }

        return list;
    }

    /// <summary>A section below this one.</summary>
    public SettingsReader Section(string key) => new(_section.GetSection(key), _reading, PathOf(key));

    /// <summary>The sections below a key: <c>Networks:0</c>, <c>Networks:1</c> …</summary>
    public IEnumerable<SettingsReader> Sections(string key) =>
        _section.GetSection(key).GetChildren().Select(child => Section($"{key}:{child.Key}"));

    /// <summary>The keys that have a value in this section.</summary>
    public IEnumerable<string> Keys() => _section.GetChildren().Select(child => child.Key);

    /// <summary>A section that is bound and validated elsewhere; its problems are handed in.</summary>
    public void Delegate(string key, IEnumerable<string> problems)
    {
        _reading.KnowAll(PathOf(key));
        _reading.AddRange(problems);
    }

    /// <summary>Notes every key that was given and that nothing has read: mostly a typing mistake.</summary>
    public void RejectUnknown() => _reading.RejectUnknown(_section, _path);
}

/// <summary>Reads a value from text.</summary>
internal delegate bool TryParse<TValue>(string text, out TValue value);
