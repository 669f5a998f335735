using Rke.Gateway.Configuration;

namespace Rke.Gateway.Coins;

/// <summary>Section <c>Rke:Keys</c>: the folder of RAIDA key files.</summary>
internal sealed record KeysOptions
{
    /// <summary>
    /// Folder with RAIDA key files that are not encrypted: formats 8, 9, A and B, and those of other programs
    /// (<see href="WIRE.md#12-raida-key-files">WIRE.md</see>). The gateway reads every file whose name does not begin with a dot. It
    /// reports an entry that it cannot use in the log and at <c>/readyz</c>, and keeps the coins that the file contained when it
    /// was last valid. Other files are not affected. It does not open FIFOs and devices.
    /// </summary>
    [ExistingFolder]
    public string? Path { get; set; }

    /// <summary>The gateway reads a changed file when the file has not changed for this time.</summary>
    [TimeRange("00:00:00", "00:01:00")]
    public TimeSpan Settle { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the gateway checks the folder, even without a notification of the file system</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan Rescan { get; set; } = TimeSpan.FromMinutes(1);
}
