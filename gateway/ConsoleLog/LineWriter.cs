namespace Rke.Gateway.ConsoleLog;

/// <summary>
/// Writes lines to an output on a thread of its own, many lines in one system call. If the reader of the output is slow, the callers wait
/// as soon as <see cref="MaxPending"/> bytes are pending. No line is lost, and the memory is bounded. Lines never mix.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    /// <summary>The bytes that wait for the thread. As many can be in the current system call.</summary>
    public const int MaxPending = 256 << 10;

    private const int FirstSize = 16 << 10;

    // After a write, the thread collects further lines for this time. A wake-up and a system call for each line would cost more than
    // the line. A line after a silence is written at once. The system needs the time, not the program, so there is no TimeProvider.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    // At shutdown, a reader that does not read must not keep the process.
    private static readonly TimeSpan MaxFlush = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly Stream _output;
    private readonly Thread _thread;
    private byte[] _pending = new byte[FirstSize];
    private byte[] _written = new byte[FirstSize];
    private int _length;
    private int _waiting;
    private WriterState _state;
    private bool _isClosing;

    public LineWriter(Stream output)
    {
        _output = output;
        _thread = new(Run) { IsBackground = true, Name = "Console log" };
        _thread.Start();
    }

    private enum WriterState
    {
        /// <summary>The thread writes, or is about to look for lines.</summary>
        Busy,

        /// <summary>The thread collects lines until the pause ends.</summary>
        Pausing,

        /// <summary>There is no line. The next line wakes the thread.</summary>
        Idle,

        /// <summary>The thread has written all lines, and has ended.</summary>
        Ended,
    }

    /// <summary>Adds a whole line. Waits while the output is too slow.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            _waiting++;
            while (_length > 0 && _length + line.Length > MaxPending)
            {
                Monitor.Wait(_gate);
            }

            _waiting--;
            if (_state == WriterState.Ended)
            {
                WriteOut(line);
                return;
            }

            Append(line);
            if (_state == WriterState.Idle || (_state == WriterState.Pausing && _length > MaxPending / 2))
            {
                _state = WriterState.Busy;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Writes all pending lines. Later lines are written by their callers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join(MaxFlush);
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        if (_pending.Length - _length < line.Length)
        {
            Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _length + line.Length));
        }

        line.CopyTo(_pending.AsSpan(_length));
        _length += line.Length;
    }

    private void Run()
    {
        while (TakePending() is > 0 and var length)
        {
            WriteOut(_written.AsSpan(0, length));
            if (_written.Length > MaxPending)
            {
                // A single line was longer.
                _written = new byte[FirstSize];
            }
        }
    }

    // The number of bytes in _written. Zero if the writer has closed.
    private int TakePending()
    {
        lock (_gate)
        {
            if (!_isClosing && _length <= MaxPending / 2)
            {
                _state = WriterState.Pausing;
                Monitor.Wait(_gate, Pause);
            }

            while (_length == 0 && !_isClosing)
            {
                _state = WriterState.Idle;
                Monitor.Wait(_gate);
            }

            _state = _length == 0 ? WriterState.Ended : WriterState.Busy;
            var length = _length;
            (_pending, _written, _length) = (_written, _pending, 0);
            if (_waiting > 0)
            {
                Monitor.PulseAll(_gate);
            }

            return length;
        }
    }

    private void WriteOut(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _output.Write(bytes);
        }
        catch (IOException)
        {
            // The reader of the output has ended, or its disk is full. The gateway serves calls without it.
        }
    }
}
