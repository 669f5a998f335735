using Rke.Gateway.Errors;

namespace Rke.Gateway.Tests.Errors;

public sealed class BadFieldsTests
{
    [Fact]
    public void A_valid_field_formats_no_text()
    {
        var bad = new BadFields();
        var length = 16;
        Assert.True(bad.Check(length == 16, "key_id", $"must be {length} bytes"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var call = 0; call < 100; call++)
        {
            bad.Check(length == 16, "key_id", $"must be {length} bytes");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(bad.Any);
    }

    [Fact]
    public void An_invalid_field_has_its_text()
    {
        var bad = new BadFields();
        Assert.False(bad.Check(isValid: false, "key_id", $"must be {16} bytes, not {3}"));
        Assert.Equal(new BadField("key_id", "must be 16 bytes, not 3"), Assert.Single(bad.ToFailure().BadFields));
    }
}
