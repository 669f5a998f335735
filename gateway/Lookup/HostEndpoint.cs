namespace Rke.Gateway.Lookup;

/// <summary>A name or literal address, in lower case and without brackets, and a port 1-65535.</summary>
internal readonly record struct HostEndpoint(string Host, ushort Port);
