namespace Rke.Gateway.Calls;

/// <summary>A source of cancellation that is used again. Each thread keeps one, because most calls are not cancelled.</summary>
internal readonly struct StopSource : IDisposable
{
    [ThreadStatic]
    private static CancellationTokenSource? _spare;

    private readonly CancellationTokenSource _source;

    private StopSource(CancellationTokenSource source) => _source = source;

    public CancellationToken Token => _source.Token;

    public static StopSource Rent()
    {
        var source = _spare ?? new();
        _spare = null;
        return new(source);
    }

    /// <summary>Cancels the token when another token is cancelled, until the registration is disposed.</summary>
    public CancellationTokenRegistration StopWith(CancellationToken cancellation) =>
        cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);

    /// <summary>Returns the source. No registration of another token may refer to it any more.</summary>
    public void Dispose()
    {
        // A source with a cancelled token cannot be used again. The reset removes the registrations of its token.
        if (_spare is null && _source.TryReset())
        {
            _spare = _source;
        }
        else
        {
            _source.Dispose();
        }
    }
}
