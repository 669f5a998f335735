using System.Net;
using Rke.Lookup.Memberships;

namespace Rke.Lookup.Sources;

/// <summary>The combined answers to the questions about one domain.</summary>
public sealed class FoundRecords(LookupSource source)
{
    private readonly ReportedLines _conflicts = new();
    private LookupSource? _origin;

    public IReadOnlyList<ServiceTarget> Services { get; private set; } = [];

    public IReadOnlyList<string> Texts { get; private set; } = [];

    /// <summary>The address of the domain. Null if it was not requested.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>The minimum TTL of all answers.</summary>
    public TimeSpan? Ttl { get; private set; }

    /// <summary>Why a question failed. Null if none failed.</summary>
    public string? Failure { get; private set; }

    public LookupFailure FailureKind { get; private set; }

    /// <summary>Whether the answers contain no records.</summary>
    public bool IsNone => Services.Count == 0 && Texts.Count == 0 && Address is null;

    /// <summary>The source of the last answer with records.</summary>
    public LookupSource Origin => IsNone ? LookupSource.Default : _origin ?? source;

    public IReadOnlyList<string> Conflicts => _conflicts.ToList();

    public void Add(SourceAnswer<ServiceTarget> answer)
    {
        AddDetails(answer);
        Services = answer.Records;
    }

    public void Add(SourceAnswer<string> answer)
    {
        AddDetails(answer);
        Texts = answer.Records;
    }

    public void Add(SourceAnswer<IPAddress> answer)
    {
        AddDetails(answer);
        Address = answer.Records.Count > 0 ? answer.Records[0] : null;
    }

    private void AddDetails<T>(SourceAnswer<T> answer)
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
