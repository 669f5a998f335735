using Rke.Gateway.Identity;

namespace Rke.Gateway.Tests.Identity;

public sealed class CertificateIdentityTests
{
    [Theory]
    [InlineData("spiffe://example.org/shop", "spiffe://example.org/shop")]
    [InlineData("urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301", "urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("dns:shop.example", null)]
    [InlineData("cn:shop", null)]
    [InlineData("jwt:issuer#subject", null)]
    public void A_URI_that_looks_like_a_name_of_another_kind_names_no_caller(string uri, string? name)
    {
        using var authority = new TestAuthority();
        using var certificate = authority.SignClient(uri);
        Assert.Equal(name, CertificateIdentity.Of(certificate)?.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("anonymous")]
    [InlineData(":")]
    public void A_URI_without_a_scheme_names_no_caller(string uri) =>
        Assert.Null(CertificateIdentity.NameOf([uri], "shop.example", "shop"));
}
