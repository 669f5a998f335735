using Grpc.Core;

namespace Rke.Grpc.Framing;

/// <summary>What a fault in the framing means to the peer.</summary>
internal static class FrameStatusExtensions
{
    public static Status ToStatus(this FrameStatus status, string? encoding) => status switch
    {
        FrameStatus.Truncated => new Status(StatusCode.Internal, "The stream ended within a message."),
        FrameStatus.Missing => new Status(StatusCode.Internal, "The stream ended without a message."),
        FrameStatus.Surplus => new Status(StatusCode.Internal, "More than one message came in a call of one."),
        FrameStatus.InvalidFlag => new Status(StatusCode.Internal, "The compressed flag of a message is not 0 or 1."),
        FrameStatus.TooLong => new Status(StatusCode.ResourceExhausted, "A message is longer than the receive limit."),
        FrameStatus.EncodingNotNamed =>
            new Status(StatusCode.Internal, "A message is compressed and grpc-encoding names no compression."),
        FrameStatus.EncodingUnknown => new Status(
            StatusCode.Unimplemented,
            $"The grpc-encoding '{encoding}' is not known here. Known are: {MessageEncoding.Accepted}."),
        FrameStatus.CompressionInvalid => new Status(StatusCode.Internal, "A compressed message cannot be read."),
        FrameStatus.Unreadable => new Status(StatusCode.Internal, "A message cannot be deserialized."),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, message: null),
    };
}
