using Rke.Gateway.Configuration;

namespace Rke.Gateway.Identity;

/// <summary>Section <c>Rke:Identity:Jwt</c>: bearer tokens. The gateway rejects a call with an invalid token.</summary>
internal sealed record TokenOptions
{
    /// <summary>
    /// Bearer tokens: a file with the public keys of the issuer (JWKS, RFC 7517). The gateway rejects a call with an invalid
    /// token. Requires <c>Issuer</c> and <c>Audience</c>. None = the gateway ignores tokens
    /// </summary>
    [ExistingFile]
    public string? Keys { get; set; }

    /// <summary>The required <c>iss</c> of a token</summary>
    public string? Issuer { get; set; }

    /// <summary>A value that the <c>aud</c> of a token must contain</summary>
    public string? Audience { get; set; }

    public bool IsConfigured => (Keys ?? Issuer ?? Audience) is not null;

    public IEnumerable<string> Problems()
    {
        if (!IsConfigured)
        {
            yield break;
        }

        if (Keys is null)
        {
            yield return "Keys: is missing; write the path of the issuer's JWKS file.";
        }

        if (Issuer is null)
        {
            yield return "Issuer: is missing; write the iss of the issuer's tokens.";
        }

        if (Audience is null)
        {
            yield return "Audience: is missing; write the aud of tokens for this gateway.";
        }
    }
}
