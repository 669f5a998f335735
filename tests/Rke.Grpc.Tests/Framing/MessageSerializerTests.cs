using System.Buffers;
using System.IO.Compression;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Tests.Framing;

public sealed class MessageSerializerTests
{
    private static readonly byte[] Bytes = [1, 2, 3];

    public static TheoryData<string, Action<byte[], SerializationContext>> Serializers => new()
    {
        { "array", (message, context) => context.Complete(message) },
        { "writer", (message, context) => Write(message, context, tellsLength: false) },
        { "writer and length", (message, context) => Write(message, context, tellsLength: true) },
    };

    [Theory]
    [MemberData(nameof(Serializers), DisableDiscoveryEnumeration = true)]
    public void Writes_header_and_message(string name, Action<byte[], SerializationContext> serialize)
    {
        Assert.NotEmpty(name);
        Assert.Equal(RawClient.Frame(Bytes), Serialize(Bytes, serialize, gzip: null));
        Assert.Equal(RawClient.Frame([]), Serialize([], serialize, gzip: null));
        Assert.Equal(RawClient.Frame([]), Serialize([], serialize, CompressionLevel.Fastest));
    }

    [Theory]
    [MemberData(nameof(Serializers), DisableDiscoveryEnumeration = true)]
    public void Compresses(string name, Action<byte[], SerializationContext> serialize)
    {
        Assert.NotEmpty(name);
        var frame = new ReadOnlySequence<byte>(Serialize(Bytes, serialize, CompressionLevel.Fastest));
        using var plain = new PooledBuffer();

        Assert.Equal(FrameStatus.Complete, FrameReader.TryRead(frame, 100, out var isCompressed, out var message));
        Assert.True(isCompressed);
        Assert.Equal(FrameStatus.Complete, Gzip.TryDecompress(message, Bytes.Length, plain));
        Assert.Equal(Bytes, plain.Written.ToArray());
        plain.Dispose();
        Assert.Equal(FrameStatus.TooLong, Gzip.TryDecompress(message, Bytes.Length - 1, plain));
    }

    [Theory]
    [MemberData(nameof(Serializers), DisableDiscoveryEnumeration = true)]
    public void Refuses_what_is_too_long_and_goes_on(string name, Action<byte[], SerializationContext> serialize)
    {
        Assert.NotEmpty(name);
        var exception = Assert.Throws<RpcException>(() => Serialize(new byte[101], serialize, gzip: null));

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
        Assert.Equal(RawClient.Frame(Bytes), Serialize(Bytes, serialize, gzip: null));
    }

    [Fact]
    public void A_length_and_no_bytes_is_an_empty_message() => Assert.Equal(
        RawClient.Frame([]),
        Serialize(
            [],
            (_, context) =>
            {
                context.SetPayloadLength(0);
                context.Complete();
            },
            gzip: null));

    [Fact]
    public void Must_be_completed() =>
        Assert.Throws<InvalidOperationException>(() => Serialize([], (_, _) => { }, gzip: null));

    private static void Write(byte[] message, SerializationContext context, bool tellsLength)
    {
        if (tellsLength)
        {
            context.SetPayloadLength(message.Length);
        }

        context.GetBufferWriter().Write(message);
        context.Complete();
    }

    private static byte[] Serialize(
        byte[] message, Action<byte[], SerializationContext> serialize, CompressionLevel? gzip)
    {
        var output = new ArrayBufferWriter<byte>();
        MessageSerializer.Write(
            new Marshaller<byte[]>(serialize, context => context.PayloadAsNewBuffer()), message, output, 100, gzip);
        return output.WrittenSpan.ToArray();
    }
}
