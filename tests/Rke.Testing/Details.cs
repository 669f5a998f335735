using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Rke.Testing;

/// <summary>What a client reads from a failed call's grpc-status-details-bin.</summary>
public sealed class Details
{
    private readonly RpcStatus _status;

    public Details(RpcException exception)
    {
        Code = exception.StatusCode;
        var entry = Assert.Single(exception.Trailers, trailer => trailer.Key == "grpc-status-details-bin");
        _status = RpcStatus.Parser.ParseFrom(entry.ValueBytes);
        Assert.Equal((int)exception.StatusCode, _status.Code);
        Assert.Equal(exception.Status.Detail, _status.Message);
        Info = Unpack<ErrorInfo>()!;
        Assert.Equal("rke.v1", Info.Domain);
    }

    public StatusCode Code { get; }

    public string Message => _status.Message;

    public ErrorInfo Info { get; }

    public string Reason => Info.Reason;

    public IReadOnlyList<string> BadFields =>
        [.. Unpack<BadRequest>()?.FieldViolations.Select(violation => violation.Field) ?? []];

    public TimeSpan? RetryAfter => Unpack<RetryInfo>()?.RetryDelay.ToTimeSpan();

    public QuotaFailure? Quota => Unpack<QuotaFailure>();

    /// <summary>Expects the call to fail.</summary>
    public static async Task<Details> OfAsync<TResponse>(AsyncUnaryCall<TResponse> call) =>
        new(await Assert.ThrowsAsync<RpcException>(async () => await call));

    private TMessage? Unpack<TMessage>()
        where TMessage : class, Google.Protobuf.IMessage, new()
    {
        var any = _status.Details.FirstOrDefault(detail => detail.Is(new TMessage().Descriptor));
        return any?.Unpack<TMessage>();
    }
}
