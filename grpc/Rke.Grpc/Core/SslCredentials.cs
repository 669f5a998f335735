namespace Grpc.Core;

/// <summary>TLS; which certificates are trusted and shown is set on the HTTP handler.</summary>
public sealed class SslCredentials : ChannelCredentials
{
    internal override bool IsSecure => true;
}
