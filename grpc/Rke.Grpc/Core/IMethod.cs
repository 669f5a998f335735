namespace Grpc.Core;

/// <summary>A method without its message types.</summary>
public interface IMethod
{
    MethodType Type { get; }

    /// <summary>The service with its package, such as <c>rke.v1.RkeService</c>.</summary>
    string ServiceName { get; }

    /// <summary>The method alone.</summary>
    string Name { get; }

    /// <summary>The request path, such as <c>/rke.v1.RkeService/PostKey</c>.</summary>
    string FullName { get; }
}
