using System.Globalization;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge.Streams;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>The errors of OpenAccount, as docs/ERRORS.md lists them.</summary>
internal static class AccountFailures
{
    private static readonly TimeSpan RetryLater = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>A key server refused to open the account.</summary>
    public static CallFailure Of(WireStatus status, byte statusByte, ServerId server)
    {
        var name = $"Key server {server.RaidaId}";
        CallFailure failure = status switch
        {
            WireStatus.AccountInUse => new(
                StatusCode.AlreadyExists, Reason.AccountInUse, $"{name} has this coin already. Choose another serial number."),
            WireStatus.AccountRequestRate => new(
                StatusCode.ResourceExhausted, Reason.AccountRefused, $"{name} got too many account requests from this gateway. Retry later.")
            {
                RetryAfter = RetryLater,
                QuotaSubject = "accounts",
            },
            WireStatus.Offline => new(
                StatusCode.Unavailable, Reason.RaidaOffline, $"{name} opens no accounts at present. Retry later.")
            {
                RetryAfter = RetryLater,
            },
            WireStatus.AccountOutOfRange => Refused($"{name} does not open accounts with this serial number. Choose another one."),
            WireStatus.CoinCounterfeit => Refused($"{name} does not know the coin that pays, or has other numbers for it."),
            WireStatus.CoinNotValuable => Refused($"The coin that pays is not valuable enough for {name}."),
            WireStatus.PaidAccountNotOffered => Refused($"{name} offers no paid accounts. Open a free account."),
            WireStatus.CommandUnknown => Refused($"{name} does not open accounts of this kind."),
            WireStatus.Failed => Refused($"{name} refused the request. It opens free accounts only for the networks that it is configured for."),
            _ => Refused($"{name} refused the request with an unexpected status."),
        };
        return failure with { Network = server.Network, RaidaId = server.RaidaId, RaidaStatus = statusByte };
    }

    /// <summary>A key server gave no response over TLS.</summary>
    public static CallFailure Of(StreamException exception, ServerId server)
    {
        var name = $"Key server {server.RaidaId}";
        CallFailure failure = exception.Problem switch
        {
            StreamProblem.NotTrusted => new(
                StatusCode.FailedPrecondition,
                Reason.CertificateRefused,
                $"The certificate of key server {server.RaidaId} is not trusted. Check Rke:Accounts:Authorities, and that the certificate "
                + "has the configured host of the key server."),
            StreamProblem.TimedOut => new(
                StatusCode.DeadlineExceeded, Reason.RaidaTimeout, $"{name} did not answer over TLS within the deadline."),
            StreamProblem.Unreadable => new(StatusCode.Internal, Reason.RaidaFailed, $"{name} sent an unreadable reply over TLS."),
            _ => new(StatusCode.Unavailable, Reason.RaidaUnreachable, $"{name} accepts no TLS connection at its port.")
            {
                RetryAfter = RetrySoon,
            },
        };
        return failure with { Network = server.Network, RaidaId = server.RaidaId };
    }

    /// <summary>Adds where the account is open although the call fails.</summary>
    public static CallFailure Partly(this CallFailure failure, IReadOnlyList<byte> opened, CoinId account) => opened.Count == 0
        ? failure
        : failure with
        {
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"{failure.Message} {opened.Count} key servers have opened the account {account}, but no key file was written."),
        };

    public static CallFailure Unusable(ServerId server, CoinId account) => new(
        StatusCode.Aborted,
        Reason.AccountUnusable,
        $"Key server {server.RaidaId} opened the account {account}, but does not accept its authenticity number. No key file was written.")
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
    };

    private static CallFailure Refused(string message) => new(StatusCode.FailedPrecondition, Reason.AccountRefused, message);
}
