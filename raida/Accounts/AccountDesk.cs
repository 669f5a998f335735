using System.Net;
using System.Security.Cryptography;
using Rke.Raida.Coins;
using Rke.UdpBridge;
using Rke.UdpBridge.Streams;
using Rke.Wire;

namespace Rke.Raida.Accounts;

/// <summary>
/// Opens the accounts of one server (docs/WIRE.md §10): checks a request, makes an authenticity number, and adds the account to the
/// coins. A repeated request gets the same number, because a response can be lost. Safe for use by several threads.
/// </summary>
internal sealed class AccountDesk : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AccountOptions _options;
    private readonly CoinTable _coins;
    private readonly AccountJournal? _journal;
    private readonly IEntropySource _entropy;
    private readonly SourceBuckets _buckets;
    private readonly TimeProvider _time;
    private readonly long _repeatTime;
    private readonly byte _raidaId;

    // The latest requests by the account that they opened, and these accounts by age.
    private readonly Dictionary<CoinId, UInt128> _requests = [];
    private readonly Queue<(long Time, CoinId Account)> _order = new();
    private int _opened;

    /// <param name="raidaId">The RAIDA id of the server.</param>
    /// <param name="options">The options.</param>
    /// <param name="coins">The coins of the server.</param>
    /// <param name="repeatTime">How long a repeated request gets the same number.</param>
    /// <param name="entropy">For authenticity numbers.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="InvalidDataException">The file of the accounts is invalid.</exception>
    public AccountDesk(
        byte raidaId, AccountOptions options, CoinTable coins, TimeSpan repeatTime, IEntropySource entropy, TimeProvider time)
    {
        const int BucketCount = 4096;
        (_raidaId, _options, _coins, _entropy, _time) = (raidaId, options, coins, entropy, time);
        _repeatTime = (long)(repeatTime.TotalSeconds * time.TimestampFrequency);
        _buckets = new(options.RequestBurst, time, BucketCount);
        _journal = options.Folder is { } folder ? AccountJournal.Open(folder, raidaId, coins) : null;
    }

    /// <summary>Whether the command is offered.</summary>
    public bool Offers(WireCommand command) => command switch
    {
        WireCommand.FreeAccount => _options.IsFree,
        WireCommand.PaidAccount => true,
        _ => false,
    };

    /// <summary>Opens a free account.</summary>
    public WireStatus OpenFree(IPAddress source, Challenge challenge, CoinId account, out AuthenticityNumber number)
    {
        number = default;
        if (!_options.FreeNetworks.Any(network => network.Contains(source)))
        {
            return WireStatus.Failed;
        }

        Span<byte> bytes = stackalloc byte[Challenge.Length];
        challenge.CopyTo(bytes);
        return Open(source, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes), account, null, default, out number);
    }

    /// <summary>Opens an account for a coin, and removes the coin.</summary>
    /// <param name="source">The client.</param>
    /// <param name="body">Challenge and payload. They identify the request.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="number">The authenticity number of the account.</param>
    public WireStatus OpenPaid(
        IPAddress source, ReadOnlySpan<byte> body, in PaidAccountPayload payload, out AuthenticityNumber number)
    {
        number = default;
        if (!_options.IsPaid)
        {
            return WireStatus.PaidAccountNotOffered;
        }

        // The body has secrets, so only the sender can repeat the request.
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, digest);
        return Open(
            source,
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(digest),
            payload.Proposed,
            payload.Paying,
            payload.NumberFor(_raidaId),
            out number);
    }

    public void Dispose() => _journal?.Dispose();

    private WireStatus Open(
        IPAddress source, UInt128 request, CoinId account, CoinId? paying, AuthenticityNumber payingNumber, out AuthenticityNumber number)
    {
        number = default;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            ForgetOld(now);
            if (_requests.TryGetValue(account, out var known) && known == request && _coins.TryFind(account, out number))
            {
                return WireStatus.Success;
            }

            if (!_buckets.TryTake(SourcePrefix.Of(source), 1 / _options.RequestInterval.TotalSeconds, _options.RequestBurst))
            {
                return WireStatus.AccountRequestRate;
            }

            var status = Check(account, paying, payingNumber);
            if (status != WireStatus.Success)
            {
                return status;
            }

            number = CreateNumber();
            if (_journal?.TryAppend(account, number, paying) == false)
            {
                number = default;
                return WireStatus.Offline;
            }

            if (paying is { } coin)
            {
                _coins.Remove(coin);
            }

            _coins.Add(account, number);
            _opened++;
            _requests[account] = request;
            _order.Enqueue((now, account));
            return WireStatus.Success;
        }
    }

    private WireStatus Check(CoinId account, CoinId? paying, AuthenticityNumber payingNumber)
    {
        if (account.SerialNumber < _options.FirstSerialNumber || account.SerialNumber > _options.LastSerialNumber)
        {
            return WireStatus.AccountOutOfRange;
        }

        if (paying is { } coin)
        {
            if (!_coins.TryFind(coin, out var number) || number != payingNumber)
            {
                return WireStatus.CoinCounterfeit;
            }

            if (coin.Denomination < _options.Price)
            {
                return WireStatus.CoinNotValuable;
            }
        }

        return _coins.TryFind(account, out _) ? WireStatus.AccountInUse
            : _opened >= _options.MaxAccounts ? WireStatus.Offline
            : WireStatus.Success;
    }

    private AuthenticityNumber CreateNumber()
    {
        Span<byte> bytes = stackalloc byte[AuthenticityNumber.Length];
        _entropy.Fill(bytes);
        var number = AuthenticityNumber.Read(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return number;
    }

    private void ForgetOld(long now)
    {
        while (_order.TryPeek(out var oldest) && now - oldest.Time >= _repeatTime)
        {
            _requests.Remove(_order.Dequeue().Account);
        }
    }
}
