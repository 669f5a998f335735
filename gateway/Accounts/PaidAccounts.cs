using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.UdpBridge.Streams;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>
/// Opens paid accounts over TLS. It first connects to all key servers and checks their certificates, because a payment cannot be undone.
/// If a connection breaks, it sends the same request again: the key server then returns the same number and takes no second coin.
/// </summary>
internal sealed class PaidAccounts(
    ServerLinks links, StreamClient client, IEntropySource entropy, IOptions<AccountsOptions> options)
{
    private const int MaxAttempts = 3;

    /// <summary>Opens an account at all key servers of a network. Returns the failure of one of them, or null.</summary>
    /// <param name="network">The network.</param>
    /// <param name="account">The new coin.</param>
    /// <param name="paying">The coin that pays.</param>
    /// <param name="numbers">Receives the authenticity numbers.</param>
    /// <param name="scope">The deadline.</param>
    public async Task<CallFailure?> OpenAsync(
        Network network, CoinId account, LoadedCoin paying, AccountNumbers numbers, CallScope scope)
    {
        using var authorities = new TrustedAuthorities(options.Value.Authorities);
        PaidAccount[] accounts =
            [.. network.Servers.Keys.Order().Select(raidaId => new PaidAccount(network[raidaId], network.Servers[raidaId].Host))];
        try
        {
            await Task.WhenAll(accounts.Select(each => ConnectAsync(each, network, authorities, scope)));
            if (accounts.FirstOrDefault(each => each.Failure is not null)?.Failure is { } unreachable)
            {
                return unreachable;
            }

            var payingNumbers = NumbersOf(paying);
            try
            {
                await Task.WhenAll(accounts.Select(each => PayAsync(each, account, paying.Id, payingNumbers, numbers, authorities, scope)));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(payingNumbers);
            }

            byte[] opened = [.. accounts.Where(each => each.Failure is null).Select(each => each.Server.RaidaId)];
            return accounts.FirstOrDefault(each => each.Failure is not null)?.Failure?.Partly(opened, account);
        }
        finally
        {
            foreach (var each in accounts)
            {
                await each.DisposeAsync();
            }
        }
    }

    private static byte[] NumbersOf(LoadedCoin coin)
    {
        var numbers = GC.AllocateUninitializedArray<byte>(CoinKeys.NumbersLength, pinned: true);
        for (byte raidaId = 0; raidaId < RaidaNetwork.ServerCount; raidaId++)
        {
            coin.CipherFor(raidaId).Number.CopyTo(numbers.AsSpan(raidaId * AuthenticityNumber.Length));
        }

        return numbers;
    }

    private async Task ConnectAsync(PaidAccount paid, Network network, TrustedAuthorities authorities, CallScope scope)
    {
        try
        {
            paid.Address = (await links.ToServerAsync(network, paid.Server.RaidaId, scope)).Address;
            paid.Connection = await client.ConnectAsync(paid.Address, authorities.For(paid.Host), scope.Deadline, scope.Cancellation);
        }
        catch (StreamException exception)
        {
            paid.Failure = AccountFailures.Of(exception, paid.Server);
        }
        catch (RpcException exception) when (CallFailure.Of(exception) is { } failure)
        {
            // The host name of the key server cannot be resolved.
            paid.Failure = failure;
        }
    }

    private async Task PayAsync(
        PaidAccount paid,
        CoinId account,
        CoinId paying,
        byte[] payingNumbers,
        AccountNumbers numbers,
        TrustedAuthorities authorities,
        CallScope scope)
    {
        using var request = StreamConnection.Encode(paid.Address!, new PaidAccountPayload(paying, account, payingNumbers), entropy);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                paid.Connection ??= await client.ConnectAsync(paid.Address!, authorities.For(paid.Host), scope.Deadline, scope.Cancellation);
                using var response = await paid.Connection.SendAsync(request, scope.Deadline, scope.Cancellation);
                if (response.Status != WireStatus.Success)
                {
                    paid.Failure = AccountFailures.Of(response.Status, response.StatusByte, paid.Server);
                    return;
                }

                AccountAnswer.TryRead(WireCommand.PaidAccount, response.Payload, out var answer, out _);
                numbers[paid.Server.RaidaId] = answer.Number;
                return;
            }
            catch (StreamException exception)
            {
                await paid.DisposeAsync();
                if (exception.Problem != StreamProblem.Unreachable || attempt == MaxAttempts)
                {
                    paid.Failure = AccountFailures.Of(exception, paid.Server);
                    return;
                }
            }
        }
    }

    /// <summary>The account at one key server.</summary>
    private sealed class PaidAccount(ServerId server, string host) : IAsyncDisposable
    {
        public ServerId Server => server;

        /// <summary>Null if its host name cannot be resolved.</summary>
        public ServerAddress? Address { get; set; }

        public string Host => host;

        public StreamConnection? Connection { get; set; }

        public CallFailure? Failure { get; set; }

        public async ValueTask DisposeAsync()
        {
            if (Connection is { } connection)
            {
                Connection = null;
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>The authorities that the gateway trusts for the certificates of key servers.</summary>
    private sealed class TrustedAuthorities : IDisposable
    {
        private readonly X509Certificate2Collection _authorities = [];

        public TrustedAuthorities(string? path)
        {
            if (path is not null)
            {
                _authorities.ImportFromPemFile(path);
            }
        }

        public SslClientAuthenticationOptions For(string host)
        {
            var tls = new SslClientAuthenticationOptions { TargetHost = host };
            if (_authorities.Count > 0)
            {
                tls.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                tls.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
            }

            return tls;
        }

        public void Dispose()
        {
            foreach (var authority in _authorities)
            {
                authority.Dispose();
            }
        }
    }
}
