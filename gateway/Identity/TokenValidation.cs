using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Rke.Gateway.Reload;
using Rke.UdpBridge;

namespace Rke.Gateway.Identity;

/// <summary>Validates bearer tokens: signature, issuer, audience and lifetime.</summary>
internal sealed class TokenValidation(IOptions<TokenOptions> options, TimeProvider timeProvider) : IReloadable
{
    private const int MaxLength = 1 << 20;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // Only asymmetric signatures: no shared secrets (HS256), and not 'none'.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly TokenOptions _options = options.Value;
    private readonly JsonWebTokenHandler _handler = new();
    private volatile TokenValidationParameters? _parameters;

    public string Name => ReloadMeter.TokenKeys;

    public IReadOnlyList<string> Paths { get; } = [options.Value.Keys!];

    public string? TryLoad()
    {
        if (RegularFile.TryReadText(_options.Keys!, MaxLength, out var problem) is not { } json)
        {
            return $"The file of token keys '{_options.Keys}' {problem}.";
        }

        try
        {
            var keys = new JsonWebKeySet(json).GetSigningKeys()
                .Where(key => key is not SymmetricSecurityKey)
                .ToList();
            if (keys.Count == 0)
            {
                return $"'{_options.Keys}' contains no public signature key; write the JWKS of the issuer to it.";
            }

            _parameters = new()
            {
                ValidIssuer = _options.Issuer,
                ValidAudience = _options.Audience,
                ValidAlgorithms = Algorithms,
                IssuerSigningKeys = keys,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                LifetimeValidator = IsInTime,
            };
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or System.Text.Json.JsonException)
        {
            return $"The file of token keys '{_options.Keys}' is not a JWKS: {exception.Message}";
        }
    }

    /// <summary>The identity of the token; null if the token is invalid.</summary>
    public async ValueTask<CallerIdentity?> FindAsync(string token)
    {
        if (_parameters is not { } parameters || token.Length > TokenValidationParameters.DefaultMaximumTokenSizeInBytes)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(token, parameters);
        return result is { IsValid: true, SecurityToken: JsonWebToken { Subject.Length: > 0 } valid }
            ? new(CallerKind.Token, $"jwt:{_options.Issuer}#{valid.Subject}")
            : null;
    }

    private bool IsInTime(
        DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        // The skew applies to the current time, because an issuer can write the last second that DateTime has.
        var now = TimeOfDay.Now(timeProvider).UtcDateTime;
        return expires is { } end && now - ClockSkew < end && (notBefore is not { } start || now + ClockSkew >= start);
    }
}
