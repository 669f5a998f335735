namespace Rke.Grpc.Services;

/// <summary>Bounds of the health service: it answers anyone, so nothing that callers do may make it grow.</summary>
public sealed class GrpcHealthOptions
{
    /// <summary>Watch calls at a time; one more is answered RESOURCE_EXHAUSTED.</summary>
    public int MaximumWatches { get; set; } = 1024;

    /// <summary>Services that List puts into one answer; if there are more it answers RESOURCE_EXHAUSTED.</summary>
    public int MaximumListed { get; set; } = 100;
}
