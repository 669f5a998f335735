namespace Rke.Grpc.Tests;

/// <summary>An answer as it came.</summary>
public sealed record RawAnswer(
    int HttpStatus, Dictionary<string, string> Headers, byte[] Body, Dictionary<string, string> Trailers)
{
    /// <summary>The status, wherever it was.</summary>
    public int GrpcStatus => int.Parse(Headers.GetValueOrDefault("grpc-status") ?? Trailers["grpc-status"]);

    public bool IsTrailersOnly => Headers.ContainsKey("grpc-status") && Trailers.Count == 0 && Body.Length == 0;
}
