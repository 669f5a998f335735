using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Rke.Gateway.Identity;

namespace Rke.Fuzz.Targets;

/// <summary>An issuer of tokens, and the file of its keys that the gateway reads.</summary>
internal sealed class IssuerFile
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "rke-gateway";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _path = Path.Combine(
        Directory.CreateTempSubdirectory("rke-fuzz-").FullName, "jwks.json");

    /// <summary>The public keys of the issuer.</summary>
    public string KeySet
    {
        get
        {
            var point = _key.ExportParameters(includePrivateParameters: false).Q;
            return JsonSerializer.Serialize(new
            {
                keys = new[]
                {
                    new
                    {
                        kty = "EC",
                        crv = "P-256",
                        kid = "only",
                        use = "sig",
                        x = Base64Url.EncodeToString(point.X),
                        y = Base64Url.EncodeToString(point.Y),
                    },
                },
            });
        }
    }

    public void Write(ReadOnlySpan<byte> bytes) => File.WriteAllBytes(_path, bytes);

    public TokenValidation CreateValidation(TimeProvider timeProvider) => new(
        Options.Create(new TokenOptions { Keys = _path, Issuer = Issuer, Audience = Audience }), timeProvider);

    /// <summary>A token with a valid signature of this issuer.</summary>
    public string Sign(ReadOnlySpan<byte> claims)
    {
        var text = $"{Base64Url.EncodeToString("""{"alg":"ES256","kid":"only","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(claims)}";
        return $"{text}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
    }
}

/// <summary>A clock that stands still.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
