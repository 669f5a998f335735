using System.IO.Compression;
using Grpc.AspNetCore.Server;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>The options of one service, settled.</summary>
internal sealed class CallSettings
{
    private CallSettings(GrpcServiceOptions all, GrpcServiceOptions own)
    {
        MaxReceiveLength = own.IsMaxReceiveMessageSizeSet ? own.MaxReceiveMessageSize ?? int.MaxValue
            : all.IsMaxReceiveMessageSizeSet ? all.MaxReceiveMessageSize ?? int.MaxValue
            : GrpcServiceOptions.DefaultReceiveMaxMessageSize;
        MaxSendLength = (own.IsMaxSendMessageSizeSet ? own : all).MaxSendMessageSize ?? int.MaxValue;
        EnableDetailedErrors = own.EnableDetailedErrors ?? all.EnableDetailedErrors ?? false;
        CompressionLevel = own.ResponseCompressionLevel ?? all.ResponseCompressionLevel ?? CompressionLevel.Fastest;
        Interceptors = [.. all.Interceptors, .. own.Interceptors];

        var algorithm = own.ResponseCompressionAlgorithm ?? all.ResponseCompressionAlgorithm;
        CompressesResponses = !MessageEncoding.IsIdentity(algorithm);
        if (CompressesResponses && algorithm != MessageEncoding.Gzip)
        {
            throw new InvalidOperationException(
                $"GrpcServiceOptions.ResponseCompressionAlgorithm is '{algorithm}'; use 'gzip' or null.");
        }
    }

    public int MaxReceiveLength { get; }

    public int MaxSendLength { get; }

    public bool EnableDetailedErrors { get; }

    public bool CompressesResponses { get; }

    public CompressionLevel CompressionLevel { get; }

    public InterceptorRegistration[] Interceptors { get; }

    public static CallSettings Settle(GrpcServiceOptions all, GrpcServiceOptions own) => new(all, own);
}
