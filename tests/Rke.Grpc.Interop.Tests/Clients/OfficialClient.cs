namespace Rke.Grpc.Interop.Tests;

/// <summary>A client that others wrote.</summary>
public enum OfficialClient
{
    Python,
    Node,
}
