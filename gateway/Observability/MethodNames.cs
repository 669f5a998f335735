using System.Collections.Concurrent;
using Grpc.Core;

namespace Rke.Gateway.Observability;

/// <summary>Full names of methods as metrics and policies have them: without the slash in front.</summary>
internal static class MethodNames
{
    private static readonly ConcurrentDictionary<string, string> Names = new(StringComparer.Ordinal);

    /// <summary>Only of methods that are served, so that they are few.</summary>
    public static string Of(IMethod method) => Names.GetOrAdd(method.FullName, static name => name.TrimStart('/'));
}
