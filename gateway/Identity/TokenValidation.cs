using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Identity;

/// <summary>Bearer tokens: signed by a key of the issuer's set, for this gateway, and not over.</summary>
internal sealed class TokenValidation(TokenSettings settings, TimeProvider timeProvider) : IReloadable
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // No secret that callers and gateway share, and no 'none'.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new();
    private volatile TokenValidationParameters? _parameters;

    public string Name => ReloadMeter.TokenKeys;

    public IReadOnlyList<string> Paths { get; } = [settings.Keys];

    public string? TryLoad()
    {
        try
        {
            var keys = new JsonWebKeySet(File.ReadAllText(settings.Keys)).GetSigningKeys()
                .Where(key => key is not SymmetricSecurityKey)
                .ToList();
            if (keys.Count == 0)
            {
                return $"There is no public key for signatures in '{settings.Keys}'; write the issuer's JWKS there.";
            }

            _parameters = new()
            {
                ValidIssuer = settings.Issuer,
                ValidAudience = settings.Audience,
                ValidAlgorithms = Algorithms,
                IssuerSigningKeys = keys,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                LifetimeValidator = IsInTime,
            };
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or System.Text.Json.JsonException)
        {
            return $"The token keys '{settings.Keys}' cannot be read: {exception.Message}";
        }
    }

    /// <summary>Who holds the token; null when it is not believed.</summary>
    public async ValueTask<CallerIdentity?> FindAsync(string token)
    {
        if (_parameters is not { } parameters || token.Length > TokenValidationParameters.DefaultMaximumTokenSizeInBytes)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(token, parameters);
        return result is { IsValid: true, SecurityToken: JsonWebToken { Subject.Length: > 0 } valid }
            ? new(CallerKind.Token, $"jwt:{settings.Issuer}#{valid.Subject}")
            : null;
    }

    private bool IsInTime(
        DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + ClockSkew && (notBefore is not { } start || now >= start - ClockSkew);
    }
}
