using System.Diagnostics.CodeAnalysis;

namespace Grpc.AspNetCore.Server;

/// <summary>Which interceptor to make, with which arguments besides those from dependency injection.</summary>
public class InterceptorRegistration
{
    internal InterceptorRegistration(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type type, object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(arguments);
        Type = type;
        Arguments = arguments;
    }

    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    public Type Type { get; }

    public IReadOnlyList<object> Arguments { get; }
}
