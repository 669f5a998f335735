using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Server;

/// <summary>Gives the object, a service or an interceptor, that sees a call.</summary>
internal abstract class Activator<T>
    where T : class
{
    public abstract T Get(HttpContext context);

    /// <summary>
    /// Registered objects come from the container, a singleton only once; all else is made for every call and
    /// disposed of with it.
    /// </summary>
    public static Activator<T> For(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type type,
        object[] arguments,
        IServiceProvider root) => root.GetRequiredService<ServiceLifetimes>().Of(type) switch
        {
            null => new PerCall(type, arguments),
            _ when arguments.Length > 0 => new PerCall(type, arguments),
            ServiceLifetime.Singleton => new Singleton(type, root),
            _ => new Registered(type),
        };

    private sealed class Singleton(Type type, IServiceProvider root) : Activator<T>
    {
        private T? _instance;

        public override T Get(HttpContext context) => _instance ??= (T)root.GetRequiredService(type);
    }

    private sealed class Registered(Type type) : Activator<T>
    {
        public override T Get(HttpContext context) => (T)context.RequestServices.GetRequiredService(type);
    }

    private sealed class PerCall(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type type, object[] arguments)
        : Activator<T>
    {
        private readonly ObjectFactory _factory =
            ActivatorUtilities.CreateFactory(type, [.. arguments.Select(argument => argument.GetType())]);

        public override T Get(HttpContext context)
        {
            var instance = (T)_factory(context.RequestServices, arguments);
            if (instance is IAsyncDisposable asyncDisposable)
            {
                context.Response.RegisterForDisposeAsync(asyncDisposable);
            }
            else if (instance is IDisposable disposable)
            {
                context.Response.RegisterForDispose(disposable);
            }

            return instance;
        }
    }
}
