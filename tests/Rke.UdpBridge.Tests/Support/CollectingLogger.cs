using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rke.UdpBridge.Tests;

/// <summary>Keeps what was logged.</summary>
public sealed class CollectingLogger : ILogger<UdpBridge>
{
    public ConcurrentQueue<(LogLevel Level, EventId Event, string Text)> Entries { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        Entries.Enqueue((logLevel, eventId, formatter(state, exception) + exception));
}
