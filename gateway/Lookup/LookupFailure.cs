namespace Rke.Gateway.Lookup;

/// <summary>Why a lookup has no answer.</summary>
internal enum LookupFailure
{
    None,

    /// <summary>The text is not a domain or host name.</summary>
    InvalidName,

    /// <summary>No configured source has records of such a name.</summary>
    NoSource,

    /// <summary>The source could not be asked, and nothing is remembered.</summary>
    Unavailable,

    /// <summary>Those who were asked contradict each other, and none of the answers has enough behind it.</summary>
    Disagreement,

    /// <summary>The host has no address.</summary>
    NoAddress,

    /// <summary>Too many lookups are under way.</summary>
    Overloaded,
}
