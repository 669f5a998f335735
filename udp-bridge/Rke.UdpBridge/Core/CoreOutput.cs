namespace Rke.UdpBridge.Core;

/// <summary>
/// What the driver must do after a call of the core. The lists keep their capacity, so a buffer that is used again
/// allocates nothing.
/// </summary>
internal class CoreOutput
{
    /// <summary>Paths to replace. Do this before the datagrams are sent.</summary>
    public List<Replacement> Replacements { get; } = [];

    /// <summary>Datagrams to send, in this order. Skip those of an exchange that has ended meanwhile.</summary>
    public List<Transmit> Transmits { get; } = [];

    /// <summary>Exchanges that have ended.</summary>
    public List<Completion> Completions { get; } = [];

    /// <summary>Open: the circuit breaker has opened. Closed: it has closed again.</summary>
    public List<BreakerState> BreakerChanges { get; } = [];

    /// <summary>Send an Echo as the trial that the circuit breaker waits for.</summary>
    public bool IsProbeDue { get; set; }

    public void Clear()
    {
        Replacements.Clear();
        Transmits.Clear();
        Completions.Clear();
        BreakerChanges.Clear();
        IsProbeDue = false;
    }
}

/// <summary>A path that may not work any more. Open another port, and call ReplacePath.</summary>
internal readonly record struct Replacement(ExchangePath Path, ReplacementReason Reason);

/// <summary>Why a path is replaced.</summary>
internal enum ReplacementReason
{
    /// <summary>This machine could not send a datagram from the port.</summary>
    SendFailed,

    /// <summary>Datagrams were sent from the port, but nothing was received.</summary>
    Silent,

    /// <summary>The transport cannot receive from the port any more.</summary>
    Broken,
}

/// <summary>A datagram to send.</summary>
/// <param name="Attempt">1 for the first datagram of an exchange.</param>
internal readonly record struct Transmit(PendingExchange Exchange, int Attempt);

/// <summary>The end of an exchange.</summary>
/// <param name="Result">Null if the caller cancelled the exchange.</param>
internal readonly record struct Completion(PendingExchange Exchange, Exchange? Result);
