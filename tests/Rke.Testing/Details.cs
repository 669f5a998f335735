using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Rke.Testing;

/// <summary>The error details of a failed call, from grpc-status-details-bin.</summary>
public sealed class Details
{
    private readonly RpcStatus _status;

    public Details(RpcException exception)
    {
        Code = exception.StatusCode;
        Assert.Single(exception.Trailers, trailer => trailer.Key == "grpc-status-details-bin");
        _status = exception.GetRpcStatus()!;
        Assert.Equal((int)exception.StatusCode, _status.Code);
        Assert.Equal(exception.Status.Detail, _status.Message);
        Info = _status.GetDetail<ErrorInfo>()!;
        Assert.Equal("rke.v1", Info.Domain);
    }

    public StatusCode Code { get; }

    public string Message => _status.Message;

    public ErrorInfo Info { get; }

    public string Reason => Info.Reason;

    public IReadOnlyList<string> BadFields =>
        [.. _status.GetDetail<BadRequest>()?.FieldViolations.Select(violation => violation.Field) ?? []];

    public TimeSpan? RetryAfter => _status.GetDetail<RetryInfo>()?.RetryDelay.ToTimeSpan();

    public QuotaFailure? Quota => _status.GetDetail<QuotaFailure>();

    /// <summary>Waits for the call, which must fail.</summary>
    public static async Task<Details> OfAsync<TResponse>(AsyncUnaryCall<TResponse> call) =>
        new(await Assert.ThrowsAsync<RpcException>(async () => await call));

    /// <summary>Waits for the next message of a stream, which must fail instead.</summary>
    public static async Task<Details> OfAsync(Task<bool> message) =>
        new(await Assert.ThrowsAsync<RpcException>(() => message));

    /// <summary>The reason. Empty if the answer has no details because a proxy sent it.</summary>
    public static string ReasonOf(RpcException exception) =>
        exception.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "";
}
