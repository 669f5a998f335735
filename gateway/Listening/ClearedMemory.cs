using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Rke.Gateway.Listening;

/// <summary>
/// Clears each buffer of a connection when the server returns it to its pool, because the requests and responses in it contain key parts
/// and session keys.
/// </summary>
internal sealed class ClearedMemoryFactory(IMemoryPoolFactory<byte> inner) : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ClearedMemoryPool(inner.Create(options));

    private sealed class ClearedMemoryPool(MemoryPool<byte> inner) : MemoryPool<byte>
    {
        public override int MaxBufferSize => inner.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new ClearedMemory(inner.Rent(minBufferSize));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }
        }
    }

    private sealed class ClearedMemory(IMemoryOwner<byte> inner) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => inner.Memory;

        public void Dispose()
        {
            inner.Memory.Span.Clear();
            inner.Dispose();
        }
    }
}

/// <summary>Replaces the pool of the server.</summary>
internal static class ClearedMemoryRegistration
{
    public static void AddClearedMemory(this IServiceCollection services)
    {
        var server = services.Last(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>>(provider => new ClearedMemoryFactory(
            (IMemoryPoolFactory<byte>)(server.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, server.ImplementationType!)))));
    }
}
