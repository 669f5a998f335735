using System.Runtime.CompilerServices;

namespace Rke.Raida.Replies;

/// <summary>Room for the longest answer to Post Key or Get Key.</summary>
[InlineArray(Length)]
internal struct CachedReplyBytes
{
    /// <summary>Header, the fields of a Get Key answer in the rke profile with the longest part, trailer.</summary>
    public const int Length = 32 + 38 + 40 + 2;

    private byte _first;
}
