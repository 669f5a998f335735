// Uses every symbol of the list of Rke.Wire once. BannedSymbolsTests compiles it and counts the errors.
using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

internal static class Wire
{
    public static object? Clock() => TimeProvider.System;

    public static object Waiting() => new PeriodicTimer(TimeSpan.MaxValue, null!);

    public static object Task() => System.Threading.Tasks.Task.CompletedTask;

    public static void Threads()
    {
        Thread.Yield();
        _ = ThreadPool.ThreadCount;
    }

    public static void Randomness(byte[] bytes)
    {
        Random.Shared.NextBytes(bytes);
        RandomNumberGenerator.Fill(bytes);
        _ = Guid.NewGuid();
        _ = Guid.CreateVersion7();
        _ = Guid.CreateVersion7(default);
    }

    public static void Surroundings()
    {
        _ = Environment.MachineName;
        _ = Directory.GetCurrentDirectory();
        _ = File.Exists("file");
        _ = new FileInfo("file");
        _ = Stream.Null;
        _ = EventSource.CurrentThreadActivityId;
    }

    public static void Memory(ref byte first)
    {
        _ = Unsafe.Add(ref first, 1);
        _ = Marshal.SystemDefaultCharSize;
    }
}
