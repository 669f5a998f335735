using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Rke.Gateway.Configuration;

/// <summary>The range of a time, both ends included. Numbers have <see cref="RangeAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeRangeAttribute(string minimum, string maximum) : ValidationAttribute
{
    public TimeSpan Minimum { get; } = TimeSpan.Parse(minimum, CultureInfo.InvariantCulture);

    public TimeSpan Maximum { get; } = TimeSpan.Parse(maximum, CultureInfo.InvariantCulture);

    public override bool IsValid(object? value) => value is TimeSpan time && time >= Minimum && time <= Maximum;
}

/// <summary>The path of a file that exists.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExistingFileAttribute()
    : ValidationAttribute("there is no file with this path; write the path of the file")
{
    public override bool IsValid(object? value) => File.Exists((string?)value);
}

/// <summary>The path of a folder that exists.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExistingFolderAttribute()
    : ValidationAttribute("there is no folder with this path; write the path of the folder")
{
    public override bool IsValid(object? value) => Directory.Exists((string?)value);
}

/// <summary>A URL without TLS.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PlainUrlAttribute()
    : ValidationAttribute("write http:// with an IP address, localhost or *, and a port, such as http://127.0.0.1:5002")
{
    public override bool IsValid(object? value) => value is ListenUrl { IsTls: false };
}

/// <summary>The origin of a web page, or <c>*</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OriginAttribute()
    : ValidationAttribute("write scheme, host and port, such as https://app.example.com, or *")
{
    public override bool IsValid(object? value) => value is "*"
        || (Uri.TryCreate((string?)value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.GetLeftPart(UriPartial.Authority) == (string?)value);
}

/// <summary>A map that has at least one key.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotEmptyAttribute(string problem) : ValidationAttribute(problem);
