namespace Rke.Grpc.Client;

/// <summary>What the client calls itself in <c>user-agent</c>.</summary>
internal static class ClientName
{
    public static readonly string Value =
        $"grpc-rke/{typeof(ClientName).Assembly.GetName().Version?.ToString(fieldCount: 3)}";
}
