namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Identity:Jwt</c>: bearer tokens that are believed.</summary>
/// <param name="Keys">A file with a JSON Web Key Set (RFC 7517): the issuer's public keys.</param>
/// <param name="Issuer">What the token must say as <c>iss</c>.</param>
/// <param name="Audience">What it must have among its <c>aud</c>.</param>
internal sealed record TokenSettings(string Keys, string Issuer, string Audience)
{
    public static TokenSettings? Read(SettingsReader reader)
    {
        var (keys, issuer, audience) = (reader.ExistingFile("Keys"), reader.Text("Issuer"), reader.Text("Audience"));
        if ((keys ?? issuer ?? audience) is null)
        {
            return null;
        }

        // A token for somebody else, or of somebody else, is worth nothing here.
        if (keys is null)
        {
            reader.Reject("Keys", "is missing", "write the path of the issuer's JWKS file");
        }

        if (issuer is null)
        {
            reader.Reject("Issuer", "is missing", "write what tokens have as iss");
        }

        if (audience is null)
        {
            reader.Reject("Audience", "is missing", "write what tokens for this gateway have as aud");
        }

        return keys is null || issuer is null || audience is null ? null : new(keys, issuer, audience);
    }
}
