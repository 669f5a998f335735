using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Reload;

/// <summary>Metrics of reloaded files.</summary>
internal sealed class ReloadMeter
{
    public const string Settings = "settings";
    public const string Policy = "policy";
    public const string Keys = "keys";
    public const string Certificates = "certificates";
    public const string KmeCertificates = "kme_certificates";
    public const string TokenKeys = "token_keys";
    public const string SealingKeys = "sealing_keys";

    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);
    private readonly Counter<long> _reloads;
    private volatile bool _isRestartNeeded;

    public ReloadMeter(IMeterFactory factory)
    {
        var meter = GatewayMeter.Of(factory);
        _reloads = meter.CreateCounter<long>("rke.reloads", "{reload}", "Reloads of files, applied or refused.");
        meter.CreateObservableGauge(
            "rke.reload.refused",
            () => _refused.Select(file => new Measurement<int>(
                file.Value ? 1 : 0, new KeyValuePair<string, object?>("file", file.Key))),
            unit: null,
            "1 while the current file is refused and the last valid version is used.");
        meter.CreateObservableGauge(
            "rke.restart_needed",
            () => _isRestartNeeded ? 1 : 0,
            unit: null,
            "1 while changed settings wait for a restart.");
    }

    public void OnRestartNeeded(bool isNeeded) => _isRestartNeeded = isNeeded;

    public void OnRead(string file, bool isApplied)
    {
        _refused[file] = !isApplied;
        _reloads.Add(
            1,
            new KeyValuePair<string, object?>("file", file),
            new KeyValuePair<string, object?>("result", isApplied ? "applied" : "refused"));
    }
}
