using System.Text;
using System.Text.Json;
using Rke.Fuzz.Driving;
using Rke.Gateway.Identity;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Bearer tokens. The input is a token, and then the claims of a token with a valid signature. A token without a valid
/// signature has no identity. A signed token has the identity that an independent reading of its claims gives.
/// </summary>
internal sealed class TokenTarget : FuzzTarget
{
    private const long Skew = 30;

    private static readonly DateTimeOffset Now = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    private readonly IssuerFile _file = new();
    private readonly TokenValidation _validation;

    public TokenTarget()
        : base("token")
    {
        _validation = _file.CreateValidation(new FixedTime(Now));
        _file.Write(Encoding.ASCII.GetBytes(_file.KeySet));
        if (_validation.TryLoad() is { } problem)
        {
            throw new InvalidOperationException(problem);
        }
    }

    public override bool IsText => true;

    public override long AllocationLimit(int inputLength) => (1 << 20) + (1024L * inputLength);

    public override TimeSpan TimeLimit => TimeSpan.FromMilliseconds(100);

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((string[])
        [
            "eyJhbGciOiJub25lIn0.", "eyJhbGciOiJIUzI1NiJ9.", ".", "..", "....", "\"iss\":", "\"aud\":", "\"sub\":", "\"exp\":", "\"nbf\":",
            "\"iat\":", $"\"{IssuerFile.Issuer}\"", $"\"{IssuerFile.Audience}\"", "253402300799", "1795910400", "-62135596800", "1e300", "null",
            "{", "}", "[", "]", ",", "\\ud800", "\"\"",
        ]).Select(Encoding.ASCII.GetBytes),
    ];

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var times in (string[])
            [$"\"exp\":{Now.ToUnixTimeSeconds() + 60}", "\"exp\":1", $"\"exp\":{Now.ToUnixTimeSeconds()},\"nbf\":{Now.ToUnixTimeSeconds()}"])
        {
            yield return Encoding.ASCII.GetBytes(
                $$"""{"iss":"{{IssuerFile.Issuer}}","aud":["{{IssuerFile.Audience}}"],"sub":"orders",{{times}}}""");
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        PropertyViolation.Unless(Find(Encoding.Latin1.GetString(input)) is null, "A token without a valid signature is accepted.");
        var token = _file.Sign(input);
        var identity = Find(token);
        PropertyViolation.Unless(identity is null || identity.Kind == CallerKind.Token, "A token gives another kind of identity.");
        if (SubjectOf(input) is { } subject)
        {
            PropertyViolation.Unless(
                identity?.Name == $"jwt:{IssuerFile.Issuer}#{subject}", $"A valid token for {subject} gives {identity?.Name ?? "no identity"}.");
        }

        PropertyViolation.Unless(
            Find($"{token[..^4]}AAAA") is null || token.EndsWith("AAAA", StringComparison.Ordinal), "A token with a wrong signature is accepted.");
    }

    private CallerIdentity? Find(string token) => _validation.FindAsync(token).AsTask().GetAwaiter().GetResult();

    // The subject, if the claims are certainly valid. Null for claims that may be refused.
    private static string? SubjectOf(ReadOnlySpan<byte> claims)
    {
        try
        {
            var reader = new Utf8JsonReader(claims);
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.BytesConsumed != claims.Length || document.RootElement is not { ValueKind: JsonValueKind.Object } root
                || root.EnumerateObject().Select(claim => claim.Name).ToList() is var names && names.Distinct().Count() != names.Count)
            {
                return null;
            }

            var now = Now.ToUnixTimeSeconds();
            return root.TryGetProperty("iss", out var issuer) && HasValue(issuer, IssuerFile.Issuer)
                && root.TryGetProperty("aud", out var audience) && HasValue(audience, IssuerFile.Audience)
                && root.TryGetProperty("sub", out var subject) && subject is { ValueKind: JsonValueKind.String }
                && subject.GetString() is { Length: > 0 } text
                && root.TryGetProperty("exp", out var expires) && expires.ValueKind == JsonValueKind.Number
                && expires.TryGetInt64(out var end) && end > now + Skew
                && (!root.TryGetProperty("nbf", out var start)
                    || (start.ValueKind == JsonValueKind.Number && start.TryGetInt64(out var begin) && begin < now))
                && names.TrueForAll(name => name is "iss" or "aud" or "sub" or "exp" or "nbf")
                ? text
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool HasValue(JsonElement element, string text) =>
        element.ValueKind == JsonValueKind.String && element.ValueEquals(text);
}
