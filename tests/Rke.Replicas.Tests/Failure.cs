using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Rke.Replicas.Tests;

/// <summary>Why a call failed.</summary>
internal static class Failure
{
    /// <summary>The stable reason; empty where the answer came from somebody else, such as the proxy.</summary>
    public static string ReasonOf(RpcException exception) =>
        DetailOf<ErrorInfo>(exception)?.Reason ?? "";

    public static TimeSpan? RetryAfter(RpcException exception) =>
        DetailOf<RetryInfo>(exception)?.RetryDelay.ToTimeSpan();

    public static TDetail? DetailOf<TDetail>(RpcException exception)
        where TDetail : class, Google.Protobuf.IMessage, new()
    {
        var trailer = exception.Trailers.FirstOrDefault(entry => entry.Key == "grpc-status-details-bin");
        return trailer is null
            ? null
            : RpcStatus.Parser.ParseFrom(trailer.ValueBytes).Details
                .FirstOrDefault(detail => detail.Is(new TDetail().Descriptor))?.Unpack<TDetail>();
    }
}
