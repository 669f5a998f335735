using Google.Protobuf.Reflection;

namespace Rke.Grpc.Services;

/// <summary>A service that reflection tells about; one singleton each.</summary>
public sealed record ReflectedService(ServiceDescriptor Descriptor);
