namespace Rke.Gateway.Observability.Prometheus;

/// <summary>Writes tags as labels, <c>network="6",raida_id="14"</c>: they name a series and are printed as they are.</summary>
internal ref struct LabelText(Span<char> buffer)
{
    private readonly Span<char> _buffer = buffer;
    private int _length;

    public readonly ReadOnlySpan<char> Written => _buffer[.._length];

    /// <summary>False when they are longer than the buffer.</summary>
    public bool TryWrite(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if ((_length > 0 && !TryAppend(',')) || !TryAppendName(tag.Key) || !TryAppend('=') || !TryAppend('"')
                || !TryAppendValue(tag.Value) || !TryAppend('"'))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryAppend(char letter)
    {
        if (_length == _buffer.Length)
        {
            return false;
        }

        _buffer[_length++] = letter;
        return true;
    }

    private bool TryAppendName(string name)
    {
        foreach (var letter in name)
        {
            if (!TryAppend(PrometheusName.IsAllowed(letter) ? letter : '_'))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryAppendValue(object? value)
    {
        if (value is int number)
        {
            var isWritten = number.TryFormat(_buffer[_length..], out var written);
            _length += written;
            return isWritten;
        }

        foreach (var letter in value?.ToString() ?? "")
        {
            var isAppended = letter switch
            {
                '\\' => TryAppend('\\') && TryAppend('\\'),
                '"' => TryAppend('\\') && TryAppend('"'),
                '\n' => TryAppend('\\') && TryAppend('n'),
                _ => TryAppend(letter),
            };
            if (!isAppended)
            {
                return false;
            }
        }

        return true;
    }
}
