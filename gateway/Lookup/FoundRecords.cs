using System.Net;

namespace Rke.Gateway.Lookup;

/// <summary>What the questions about one domain have brought so far.</summary>
internal sealed class FoundRecords(LookupSource source)
{
    private readonly ReportedLines _conflicts = new();
    private LookupSource? _origin;

    public IReadOnlyList<ServiceTarget> Services { get; private set; } = [];

    public IReadOnlyList<string> Texts { get; private set; } = [];

    /// <summary>The domain's own address, where it was asked for.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>The shortest of all.</summary>
    public TimeSpan? Ttl { get; private set; }

    /// <summary>Why a question has no answer.</summary>
    public string? Failure { get; private set; }

    public LookupFailure FailureKind { get; private set; }

    /// <summary>Every question was answered, and there is nothing.</summary>
    public bool IsNone => Services.Count == 0 && Texts.Count == 0 && Address is null;

    /// <summary>Where the answer comes from: the memberships, or what else there is.</summary>
    public LookupSource Origin => IsNone ? LookupSource.Default : _origin ?? source;

    public IReadOnlyList<string> Conflicts => _conflicts.ToList();

    public void Add(SourceAnswer<ServiceTarget> answer)
    {
        Note(answer);
        Services = answer.Records;
    }

    public void Add(SourceAnswer<string> answer)
    {
        Note(answer);
        Texts = answer.Records;
    }

    public void Add(SourceAnswer<IPAddress> answer)
    {
        Note(answer);
        Address = answer.Records.Count > 0 ? answer.Records[0] : null;
    }

    private void Note<T>(SourceAnswer<T> answer)
    {
        _origin = answer.Records.Count > 0 ? answer.Origin : _origin;
        Ttl = Ttl is null || answer.Ttl < Ttl ? answer.Ttl ?? Ttl : Ttl;
        if (Failure is null && answer.Failure is not null)
        {
            Failure = answer.Failure;
            FailureKind = answer.FailureKind;
        }

        foreach (var conflict in answer.Conflicts)
        {
            _conflicts.Add(conflict);
        }
    }
}
