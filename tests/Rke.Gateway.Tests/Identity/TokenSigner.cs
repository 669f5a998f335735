using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Rke.Gateway.Tests.Identity;

/// <summary>An issuer with one key for an algorithm of RFC 7518.</summary>
internal sealed class TokenSigner : IDisposable
{
    private readonly string _algorithm;
    private readonly HashAlgorithmName _hash;
    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;

    public TokenSigner(string algorithm)
    {
        _algorithm = algorithm;
        _hash = new($"SHA{algorithm[2..]}");
        if (algorithm[0] == 'E')
        {
            // ES512 uses P-521.
            _ecdsa = ECDsa.Create(ECCurve.CreateFromFriendlyName($"nistP{Curve}"));
        }
        else
        {
            _rsa = RSA.Create(2048);
        }
    }

    /// <summary>The public key as a JSON Web Key Set.</summary>
    public string KeySet => JsonSerializer.Serialize(new { keys = new[] { _rsa is null ? PointKey() : ModulusKey() } });

    private string Curve => _algorithm == "ES512" ? "521" : _algorithm[2..];

    public string Sign(object claims)
    {
        var text = $"{Part(new { alg = _algorithm, kid = "only", typ = "JWT" })}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var padding = _algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var signature = _rsa?.SignData(bytes, _hash, padding) ?? _ecdsa!.SignData(bytes, _hash);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdsa?.Dispose();
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private Dictionary<string, string> ModulusKey()
    {
        var key = _rsa!.ExportParameters(includePrivateParameters: false);
        return new(StringComparer.Ordinal)
        {
            ["kty"] = "RSA",
            ["kid"] = "only",
            ["use"] = "sig",
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
        };
    }

    private Dictionary<string, string> PointKey()
    {
        var point = _ecdsa!.ExportParameters(includePrivateParameters: false).Q;
        return new(StringComparer.Ordinal)
        {
            ["kty"] = "EC",
            ["crv"] = $"P-{Curve}",
            ["kid"] = "only",
            ["use"] = "sig",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
        };
    }
}
