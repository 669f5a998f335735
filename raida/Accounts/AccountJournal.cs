using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using Rke.Raida.Coins;
using Rke.Wire;

namespace Rke.Raida.Accounts;

/// <summary>
/// The file of one server with the accounts that it opened and the coins that paid for them. The server reads it at its start, and appends
/// each account before it answers. Only its owner can read the file.
/// <code>
/// record, 31 bytes
///  0  DN of the account
///  1  SN (4) of the account
///  5  AN (16) of the account
/// 21  1 = a coin paid, 0 = free
/// 22  DN of the coin that paid
/// 23  SN (4) of the coin that paid
/// 27  CRC-32 of the bytes before it (4)
/// </code>
/// </summary>
internal sealed class AccountJournal : IDisposable
{
    private const int RecordLength = 31;
    private const int NumberStart = 5;
    private const int PaidStart = NumberStart + AuthenticityNumber.Length;
    private const int PayingStart = PaidStart + 1;
    private const int ChecksumStart = PayingStart + 5;

    private readonly FileStream _file;

    private AccountJournal(FileStream file) => _file = file;

    /// <summary>Opens the file of a server, and applies its records to the coins.</summary>
    /// <exception cref="InvalidDataException">A record is invalid.</exception>
    public static AccountJournal Open(string folder, byte raidaId, CoinTable coins)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"raida-{raidaId:00}.accounts"));
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,

            // No copy of the numbers in a buffer.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, options);
        try
        {
            Apply(file, path, coins);
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends an account. Returns false if the file cannot be written.</summary>
    public bool TryAppend(CoinId account, AuthenticityNumber number, CoinId? paying)
    {
        Span<byte> record = stackalloc byte[RecordLength];
        record.Clear();
        WriteCoin(account, record);
        number.CopyTo(record[NumberStart..]);
        if (paying is { } coin)
        {
            record[PaidStart] = 1;
            WriteCoin(coin, record[PayingStart..]);
        }

        BinaryPrimitives.WriteUInt32BigEndian(record[ChecksumStart..], Crc32.HashToUInt32(record[..ChecksumStart]));
        var end = _file.Length;
        try
        {
            _file.Position = end;
            _file.Write(record);
            _file.Flush(flushToDisk: true);
            return true;
        }
        catch (IOException)
        {
            // The disk is full. Half a record must not stay in front of the next one.
            TryTruncate(end);
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(record);
        }
    }

    public void Dispose() => _file.Dispose();

    private void TryTruncate(long length)
    {
        try
        {
            _file.SetLength(length);
        }
        catch (IOException)
        {
            // The next start reports the invalid record.
        }
    }

    private static void Apply(FileStream file, string path, CoinTable coins)
    {
        Span<byte> record = stackalloc byte[RecordLength];
        for (long position = 0; position < file.Length; position += RecordLength)
        {
            var length = file.ReadAtLeast(record, RecordLength, throwOnEndOfStream: false);
            if (length < RecordLength)
            {
                // The process stopped while it wrote this record, before it answered.
                file.SetLength(position);
                break;
            }

            if (BinaryPrimitives.ReadUInt32BigEndian(record[ChecksumStart..]) != Crc32.HashToUInt32(record[..ChecksumStart]))
            {
                throw new InvalidDataException(
                    $"'{path}' has an invalid record at byte {position}. Restore the file from a backup, or cut it off at that byte: the "
                    + "accounts after it are then lost.");
            }

            if (record[PaidStart] == 1)
            {
                coins.Remove(ReadCoin(record[PayingStart..]));
            }

            coins.Add(ReadCoin(record), AuthenticityNumber.Read(record[NumberStart..]));
        }

        CryptographicOperations.ZeroMemory(record);
    }

    private static CoinId ReadCoin(ReadOnlySpan<byte> source) =>
        new((sbyte)source[0], BinaryPrimitives.ReadUInt32BigEndian(source[1..]));

    private static void WriteCoin(CoinId coin, Span<byte> destination)
    {
        destination[0] = (byte)coin.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], coin.SerialNumber);
    }
}
