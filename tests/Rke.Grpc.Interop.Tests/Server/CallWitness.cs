using System.Collections.Concurrent;
using Grpc.Core;

namespace Rke.Grpc.Interop.Tests;

/// <summary>
/// Tells tests how calls went on the server's side: a call that carries <see cref="Header"/> can be waited for.
/// </summary>
public sealed class CallWitness
{
    public const string Header = "x-call-id";

    private readonly ConcurrentDictionary<string, TestimonyOfCall> _testimonies = new(StringComparer.Ordinal);

    /// <summary>What is known of a call, whether it has come yet or not.</summary>
    public TestimonyOfCall Of(string id) => _testimonies.GetOrAdd(id, _ => new TestimonyOfCall());

    /// <summary>To be disposed where the service method ends.</summary>
    public IDisposable? Begin(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValue(Header) is not { } id)
        {
            return null;
        }

        var testimony = Of(id);
        testimony.Begin(context.CancellationToken);
        return testimony;
    }
}
