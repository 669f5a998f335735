namespace Rke.Gateway.State;

/// <summary>One request that is being done or was done.</summary>
internal sealed class IdempotencyEntry(RequestDigest request, ulong ticket, TimeSpan until)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RequestDigest Request { get; } = request;

    public ulong Ticket { get; } = ticket;

    /// <summary>While at work: when the claim passes on. When done: when the answer is forgotten.</summary>
    public TimeSpan Until { get; private set; } = until;

    /// <summary>Null while somebody is at work.</summary>
    public ReadOnlyMemory<byte>? Response { get; private set; }

    /// <summary>Completes when the work is done or abandoned.</summary>
    public Task Ended => _ended.Task;

    public void Store(ReadOnlyMemory<byte> response, TimeSpan until)
    {
        Response = response.ToArray();
        Until = until;
        _ended.TrySetResult();
    }

    public void Abandon() => _ended.TrySetResult();
}
