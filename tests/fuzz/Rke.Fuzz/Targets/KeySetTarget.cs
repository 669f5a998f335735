using System.Text;
using Rke.Fuzz.Driving;
using Rke.Gateway.Identity;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Files with the public keys of a token issuer. A file is loaded or has a problem. A loaded file does not accept the token of another
/// issuer.
/// </summary>
internal sealed class KeySetTarget : FuzzTarget
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    private readonly IssuerFile _file = new();
    private readonly TokenValidation _validation;
    private readonly string _foreignToken;

    public KeySetTarget()
        : base("key-set")
    {
        _validation = _file.CreateValidation(new FixedTime(Now));
        _foreignToken = new IssuerFile().Sign(Encoding.ASCII.GetBytes(
            $$"""{"iss":"{{IssuerFile.Issuer}}","aud":"{{IssuerFile.Audience}}","sub":"orders","exp":{{Now.ToUnixTimeSeconds() + 60}}}"""));
    }

    public override bool IsText => true;

    // The library parses certificates, and makes an exception and a key object for each key.
    public override long AllocationLimit(int inputLength) => (1 << 20) + (4096L * inputLength);

    public override TimeSpan TimeLimit => TimeSpan.FromMilliseconds(100);

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((string[])
        [
            "\"keys\":[", "\"kty\":\"EC\"", "\"kty\":\"RSA\"", "\"kty\":\"oct\"", "\"k\":\"", "\"crv\":\"P-256\"", "\"crv\":\"P-521\"", "\"x\":\"",
            "\"y\":\"", "\"n\":\"", "\"e\":\"AQAB\"", "\"use\":\"sig\"", "\"use\":\"enc\"", "\"kid\":", "\"x5c\":[\"", "\"alg\":\"none\"", "null", "{",
            "}", "[", "]", ",", "\\ud800", "\"key_ops\":[\"verify\"]",
        ]).Select(Encoding.ASCII.GetBytes),
    ];

    public override IEnumerable<byte[]> Seeds() => [Encoding.ASCII.GetBytes(_file.KeySet)];

    public override void Run(ReadOnlySpan<byte> input)
    {
        _file.Write(input);
        if (_validation.TryLoad() is { } problem)
        {
            PropertyViolation.Unless(problem.Length > 0, "An invalid file has no problem.");
            return;
        }

        PropertyViolation.Unless(
            _validation.FindAsync(_foreignToken).AsTask().GetAwaiter().GetResult() is null, "The token of another issuer is accepted.");
    }
}
