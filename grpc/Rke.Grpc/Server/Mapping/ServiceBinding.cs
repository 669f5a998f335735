using System.Reflection;
using Grpc.Core;

namespace Rke.Grpc.Server;

/// <summary>Finds and calls the generated <c>BindService</c> of a service.</summary>
internal static class ServiceBinding
{
    public static void Bind<TService>(ServiceBinderBase binder)
        where TService : class
    {
        var attribute = typeof(TService).GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)
            ?? throw new InvalidOperationException(
                $"{typeof(TService)} does not derive from a generated service base class.");
        var bind = attribute.BindType
            .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .SingleOrDefault(method => method.Name == attribute.BindMethodName
                && method.GetParameters() is [var first, var second]
                && first.ParameterType == typeof(ServiceBinderBase)
                && second.ParameterType.IsAssignableFrom(typeof(TService)))
            ?? throw new InvalidOperationException(
                $"{attribute.BindType} has no {attribute.BindMethodName}(ServiceBinderBase, service).");

        // Without an instance the generated code tells the methods and gives no handlers.
        bind.Invoke(obj: null, [binder, null]);
    }
}
