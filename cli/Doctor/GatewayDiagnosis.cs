using System.CommandLine;
using System.Globalization;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Checks a gateway with RkeAdminService: its readiness, key servers, coins, limits, state and clocks.</summary>
internal sealed class GatewayDiagnosis(GatewayOptions gateway, ParseResult parsed, Diagnosis diagnosis)
{
    private const string Gateway = "gateway";
    private const string Clock = "clock";
    private const string Coins = "coins";

    private const int MaxCoins = 500;
    private const uint PageSize = 100;
    private const int MaxListed = 5;

    private static readonly TimeSpan MaxOffset = TimeSpan.FromSeconds(2);

    // The checks of the gateway, and what is right if they find nothing.
    private static readonly (string Check, string Name, string Good)[] Checks =
    [
        ("shutdown", Gateway, ""),
        ("reload", "configuration", "no changed file is invalid, and no setting waits for a restart"),
        ("key_files", "key files", "all key files can be read"),
        (Coins, Coins, ""),
        ("key_servers", "key servers", ""),
        ("key_server_names", "key servers", ""),
        ("refused_coins", "key files", "no key server refuses a coin"),
        ("domains", "domains", "the records of the configured domains are right"),
        ("state", "state", ""),
    ];

    /// <summary>The status of the gateway. Null if it cannot be read.</summary>
    public async Task<GetStatusResponse?> RunAsync(CancellationToken cancellationToken)
    {
        GetStatusResponse status;
        DateTimeOffset received;
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            status = await gateway.CallAdminAsync(
                parsed, (client, options) => client.GetStatusAsync(new() { Probe = true }, options), cancellationToken);
            received = TimeOfDay.Now(TimeProvider.System);
        }
        catch (FailureException exception)
        {
            diagnosis.Fail(Gateway, exception.Failure);
            return null;
        }

        diagnosis.Good(Gateway, $"{gateway.AddressOf(parsed)} answers, version {status.Version}");
        ReportFindings(status);
        await CheckCoinsAsync(status, cancellationToken);
        CheckLimits(status);
        CheckState(status);
        CheckClock(status, received, TimeProvider.System.GetElapsedTime(began));
        return status;
    }

    private void ReportFindings(GetStatusResponse status)
    {
        foreach (var finding in status.Findings)
        {
            var name = Checks.FirstOrDefault(check => check.Check == finding.Check).Name ?? finding.Check.Replace('_', ' ');
            if (finding.Blocking)
            {
                diagnosis.Fail(name, finding.Problem, finding.Fix);
            }
            else
            {
                diagnosis.Warn(name, finding.Problem, finding.Fix);
            }
        }

        if (!status.Probes)
        {
            diagnosis.Warn(
                "key servers",
                "The gateway does not probe its key servers, so it does not find servers that are down, refused coins and wrong records.",
                "Set Rke:Probes:Enabled to true.");
        }

        foreach (var (_, name, good) in Checks.Where(check => check.Good.Length > 0 && status.Probes && !diagnosis.Has(check.Name)))
        {
            diagnosis.Good(name, good);
        }

        foreach (var network in status.Networks.Where(network => status.Probes && network.LiveServers == network.Servers))
        {
            diagnosis.Good("key servers", $"network {network.Network}: all {network.Servers} respond");
        }
    }

    private async Task CheckCoinsAsync(GetStatusResponse status, CancellationToken cancellationToken)
    {
        foreach (var network in status.Networks)
        {
            var request = new ListCoinsRequest { Network = network.Network, PageSize = PageSize };
            var (count, total) = (0, 0u);
            var exhausted = new List<CoinState>();
            do
            {
                ListCoinsResponse page;
                try
                {
                    page = await gateway.CallAdminAsync(
                        parsed, (client, options) => client.ListCoinsAsync(request, options), cancellationToken);
                }
                catch (FailureException exception)
                {
                    diagnosis.Fail(Coins, exception.Failure);
                    return;
                }

                exhausted.AddRange(page.Coins.Where(IsExhausted));
                (count, total, request.PageToken) = (count + page.Coins.Count, page.TotalSize, page.NextPageToken);
            }
            while (request.PageToken.Length > 0 && count < MaxCoins);
            ReportCoins(network, exhausted, count, total);
        }
    }

    // Not free on any key server that accepts it.
    private static bool IsExhausted(CoinState coin) =>
        coin.Free.Count == 0 && coin.Unknown.Count == 0 && coin.Occupied.Count + coin.Resting.Count > 0;

    private void ReportCoins(NetworkStatus network, List<CoinState> exhausted, int count, uint total)
    {
        var which = count < total ? $"{count} of {total} checked" : $"{total}";
        if (exhausted.Count == 0)
        {
            if (total > 0)
            {
                diagnosis.Good(Coins, $"network {network.Network}: each coin is free on a key server ({which})");
            }

            return;
        }

        var list = string.Join(", ", exhausted.Take(MaxListed).Select(coin => ResponseJson.Of(coin.Coin)))
            + (exhausted.Count > MaxListed ? ", …" : "");
        const string Fix = "Wait until parts are read or expire, add key files, or lower the load. 'rkectl coins' shows the coins.";
        if (exhausted.Count == count && count == total)
        {
            diagnosis.Fail(
                Coins, $"No coin of network {network.Network} is free on any key server. Calls that post a part fail. Coins: {list}.", Fix);
        }
        else
        {
            diagnosis.Warn(
                Coins,
                $"{exhausted.Count} coins of network {network.Network} are exhausted, because they hold unread parts or rest on all key "
                    + $"servers: {list}.",
                Fix);
        }
    }

    private void CheckLimits(GetStatusResponse status)
    {
        var close = status.Limits.Where(limit => limit.Used * 10 >= limit.Maximum * 8).ToArray();
        foreach (var limit in close)
        {
            diagnosis.Warn(
                "limits",
                $"The limit of {limit.Name} is close: {limit.Used} of {limit.Maximum}.",
                $"Raise {limit.Setting}, or add replicas.");
        }

        if (close.Length == 0)
        {
            diagnosis.Good("limits", string.Join(", ", status.Limits.Select(limit => $"{limit.Used} of {limit.Maximum} {limit.Name}")));
        }
    }

    private void CheckState(GetStatusResponse status)
    {
        switch (status.State)
        {
            case { Kind: StateStatus.Types.Kind.Process }:
                diagnosis.Good("state", "in the process, without Redis");
                break;
            case { Up: true, RoundTrip: { } roundTrip }:
                diagnosis.Good("state", $"Redis answers in {Milliseconds(roundTrip.ToTimeSpan())}");
                break;
            default:
                break;
        }

        if (status.State?.ClockOffset?.ToTimeSpan() is not { } offset)
        {
            return;
        }

        if (offset.Duration() > MaxOffset)
        {
            diagnosis.Warn(
                Clock,
                $"The clock of Redis differs from the clock of the gateway by {Seconds(offset)}.",
                "Synchronize the clocks of both machines, for example with chrony.");
        }
        else
        {
            diagnosis.Good(Clock, "Redis and the gateway have the same time");
        }
    }

    private void CheckClock(GetStatusResponse status, DateTimeOffset received, TimeSpan took)
    {
        if (status.Time is null)
        {
            return;
        }

        // The gateway reads its clock at the end of the call.
        var offset = status.Time.ToDateTimeOffset() - received;
        if (offset > MaxOffset || offset < -(MaxOffset + took))
        {
            diagnosis.Warn(
                Clock,
                $"The clock of the gateway differs from the clock of this machine by {Seconds(offset)}.",
                "Synchronize the clocks of both machines, for example with chrony. Certificates and tokens need the right time.");
        }
        else
        {
            diagnosis.Good(Clock, "the gateway and this machine have the same time");
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.Duration().TotalSeconds:0.#} s");

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");
}
