using Grpc.Core;

namespace Rke.Grpc.Tests.Core;

public sealed class MetadataTests
{
    [Fact]
    public void Keys_are_lower_case_and_found_in_any()
    {
        var metadata = new Metadata { { "Key_1.x-Y", "first" }, { "key_1.x-y", "last" }, { "Some-Bin", [1, 2] } };

        Assert.Equal("key_1.x-y", metadata[0].Key);
        Assert.Equal("last", metadata.GetValue("KEY_1.X-Y"));
        Assert.Equal(["first", "last"], metadata.GetAll("key_1.x-y").Select(entry => entry.Value));
        Assert.True(metadata.Get("some-bin")!.IsBinary);
        Assert.Null(metadata.Get("none"));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("k\u00e9y")]
    [InlineData("\u212aelvin")]
    [InlineData(":path")]
    [InlineData("a,b")]
    public void Keys_have_few_characters(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));

    [Fact]
    public void Suffix_and_value_must_agree()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", [1]));
        Assert.Throws<InvalidOperationException>(() => new Metadata.Entry("key-bin", [1]).Value);
        Assert.Equal("text"u8.ToArray(), new Metadata.Entry("key", "text").ValueBytes);
    }

    [Fact]
    public void Bytes_cannot_be_changed_from_outside()
    {
        byte[] bytes = [1, 2];
        var entry = new Metadata.Entry("key-bin", bytes);
        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        Assert.Equal(new byte[] { 1, 2 }, entry.ValueBytes);
    }

    [Fact]
    public void Empty_stays_empty() =>
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("key", "value"));
}
