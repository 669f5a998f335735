using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>The authenticity numbers of a new account, in pinned memory. Disposing the object clears them.</summary>
internal sealed class AccountNumbers : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(CoinKeys.NumbersLength, pinned: true);

    public AuthenticityNumber this[int raidaId]
    {
        get => AuthenticityNumber.Read(_bytes.AsSpan(raidaId * AuthenticityNumber.Length));
        set => value.CopyTo(_bytes.AsSpan(raidaId * AuthenticityNumber.Length));
    }

    /// <summary>A copy, which the caller disposes.</summary>
    public CoinKeys ToKeys(CoinId coin) => CoinKeys.Create(coin, _bytes);

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    /// <inheritdoc/>
    public override string ToString() => "AccountNumbers(redacted)";
}
