namespace Rke.Gateway.Observability;

/// <summary>How OTLP is carried.</summary>
internal enum OtlpProtocol
{
    Grpc,
    Http,
}
