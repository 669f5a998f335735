using System.ComponentModel.DataAnnotations;

namespace Rke.Gateway.Hosting;

/// <summary>Section <c>Rke:Logging</c>.</summary>
internal sealed record LoggingOptions
{
    /// <summary>
    /// One JSON object per line, with the event id and, in the scopes, the trace id. <c>Logging:Console:FormatterName</c> =
    /// <c>json</c> has the same effect.
    /// </summary>
    public bool Json { get; set; }

    /// <summary>
    /// Log lines of one event per second, and ten times as many in a burst. The gateway drops further lines of the event and logs their
    /// number every 10 seconds (event 1002). The audit log (<c>Rke.Audit</c>) has no limit.
    /// </summary>
    [Range(1, 1_000_000)]
    public int LinesPerSecond { get; set; } = 10;
}
