namespace Rke.Grpc.Interop.Tests;

/// <summary>How a client reaches the server.</summary>
public enum Route
{
    Direct,
    Nginx,
    Haproxy,
}
