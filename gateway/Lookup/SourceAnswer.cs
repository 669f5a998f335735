namespace Rke.Gateway.Lookup;

/// <summary>What a source knows of a name: records, none, or nothing because it could not be asked.</summary>
/// <param name="Records">Empty when there are none, and when it failed.</param>
/// <param name="Ttl">How long this holds; null where the source does not say.</param>
/// <param name="Failure">Why it could not be asked; null when it could.</param>
internal sealed record SourceAnswer<T>(IReadOnlyList<T> Records, TimeSpan? Ttl, string? Failure = null)
{
    public static SourceAnswer<T> None { get; } = new([], Ttl: null);

    /// <summary>The source has no records of this kind at all: that there is none says nothing of the name.</summary>
    public static SourceAnswer<T> Mute { get; } = new([], Ttl: null) { IsMute = true };

    public bool IsMute { get; private init; }

    /// <summary>When it failed: what kind of failure.</summary>
    public LookupFailure FailureKind { get; private init; }

    /// <summary>Where the records come from, if the source is made of several.</summary>
    public LookupSource? Origin { get; init; }

    /// <summary>Who said otherwise, and what.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    public static SourceAnswer<T> Failed(string failure, LookupFailure kind = LookupFailure.Unavailable) =>
        new([], Ttl: null, failure) { FailureKind = kind };
}
