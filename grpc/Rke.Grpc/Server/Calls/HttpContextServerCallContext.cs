using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rke.Grpc.Server;

/// <summary>A call that came through Kestrel.</summary>
internal abstract class HttpContextServerCallContext : ServerCallContext
{
    public abstract HttpContext HttpContext { get; }
}
