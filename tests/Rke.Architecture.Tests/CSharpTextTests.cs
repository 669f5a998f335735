using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class CSharpTextTests
{
    [Theory]
    [InlineData("a // b", "a ")]
    [InlineData("a /* b\n c */ d", "a \n d")]
    [InlineData("a \"b // c\" d", "a  d")]
    [InlineData("a \"b \\\" c\" d", "a  d")]
    [InlineData("a @\"b \"\" c\\\" d", "a  d")]
    [InlineData("a $\"b {c}\" d", "a  d")]
    [InlineData("a \"\"\"b \" c\"\"\" d", "a  d")]
    [InlineData("a \"\"\"\n  b \"\" c\n  \"\"\" d", "a \n\n d")]
    [InlineData("a $$\"\"\"\"b \"\"\" c\"\"\"\" d", "a  d")]
    [InlineData("a \"\" b", "a  b")]
    [InlineData("a '\"' b '\"' c", "a  b  c")]
    [InlineData(@"a '\'' b '\u0022' c", "a  b  c")]
    public void Leaves_the_code(string source, string code) => Assert.Equal(code, CSharpText.CodeOnly(source));
}
