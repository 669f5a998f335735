namespace Rke.Grpc.Interop.Tests;

/// <summary>The standard cases, by the names that all gRPC implementations use, and one more.</summary>
public static class InteropCases
{
    /// <summary>
    /// The caller has said everything and cancels while the server sleeps. In the standard cases Node and haproxy
    /// end the request before they reset the stream, so a server that reads need not learn of the cancellation.
    /// </summary>
    public const string CancelSleepingServer = "cancel_sleeping_server";

    public static IReadOnlyList<string> All { get; } =
    [
        "empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary", "client_streaming",
        "server_streaming", "ping_pong", "empty_stream", "custom_metadata", "status_code_and_message",
        "special_status_message", "unimplemented_method", "unimplemented_service", "cancel_after_begin",
        "cancel_after_first_response", CancelSleepingServer, "timeout_on_sleeping_server",
    ];
}
