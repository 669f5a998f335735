using System.Globalization;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Limits:Caller</c>: what each caller may do.</summary>
/// <param name="Default">Of callers without an override.</param>
/// <param name="Overrides">Of callers by their id.</param>
/// <param name="Shadow">Nothing is refused; what would be is reported.</param>
/// <param name="TrustHeader">Callers that are not authenticated are whom the header x-rke-client says.</param>
/// <param name="LocalShare">The part of a limit that each replica grants by itself while nobody can be asked.</param>
internal sealed record CallerLimitSettings(
    CallerLimits Default,
    IReadOnlyDictionary<string, CallerLimits> Overrides,
    bool Shadow,
    bool TrustHeader,
    double LocalShare)
{
    private const double OneOfThree = 0.34;

    /// <summary>Nobody is limited.</summary>
    public bool IsNone { get; } = Default.IsNone && Overrides.Values.All(limits => limits.IsNone);

    public CallerLimits Of(string caller) => Overrides.TryGetValue(caller, out var limits) ? limits : Default;

    public static CallerLimitSettings Read(SettingsReader reader)
    {
        var limits = CallerLimits.Read(reader, default);
        var overrides = new Dictionary<string, CallerLimits>(StringComparer.Ordinal);
        foreach (var section in reader.Sections("Overrides"))
        {
            var own = CallerLimits.Read(section, limits);
            if (section.Text("Id") is not { } id)
            {
                section.Reject("Id", "is missing", "write whom the override is for, such as spiffe://example.org/shop");
            }
            else if (!overrides.TryAdd(id, own))
            {
                section.Reject("Id", $"'{id}' has an override already", "keep one of them");
            }
        }

        return new(
            limits,
            overrides,
            reader.Flag("Shadow") ?? false,
            reader.Flag("TrustHeader") ?? false,
            reader.Read<double>("LocalShare", TryParseShare, "write a number from 0 to 1") ?? OneOfThree);
    }

    private static bool TryParseShare(string text, out double share) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share) && share is >= 0 and <= 1;
}
