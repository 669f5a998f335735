namespace Rke.Bench.Load;

/// <summary>The end of the standard input, which a thread of its own awaits.</summary>
internal sealed class StandardInputEnd : IDisposable
{
    private volatile bool _isReached;

    public StandardInputEnd() => new Thread(Read) { IsBackground = true, Name = "standard input" }.Start();

    public bool IsReached => _isReached;

    public void Dispose()
    {
        // The thread ends with the process.
    }

    private void Read()
    {
        Console.In.ReadToEnd();
        _isReached = true;
    }
}
