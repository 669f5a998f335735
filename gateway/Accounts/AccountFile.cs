using System.Globalization;
using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>Writes the key file of a new account in one step. Only the user of the gateway can read it.</summary>
internal sealed class AccountFile(IOptions<AccountsOptions> accounts, IOptions<KeysOptions> keys)
{
    private string Folder => accounts.Value.Folder ?? keys.Value.Path!;

    /// <summary>
    /// Creates an empty file that the gateway does not read yet. Call this before the account is opened: an account is lost if its file
    /// cannot be written afterwards.
    /// </summary>
    public AccountDraft Create(ushort network, CoinId account)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture, $"account-{network}-{account.Denomination}-{account.SerialNumber}.key");
        var path = Path.Combine(Folder, name);

        // A file with a dot is not read as a key file.
        var draft = Path.Combine(Folder, $".{name}.new");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return File.Exists(path)
                ? throw NotWritable($"'{path}' exists already. Choose another coin, or move the file.").ToException()
                : new(new FileStream(draft, options), draft, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable($"The gateway cannot write to the folder '{Folder}'. Set Rke:Accounts:Folder to a folder that it can write to.")
                .ToException();
        }
    }

    public static CallFailure NotWritable(string message) => new(StatusCode.FailedPrecondition, Reason.AccountFileNotWritten, message);
}

/// <summary>The file before the account is complete. Disposing the object deletes it.</summary>
internal sealed class AccountDraft(FileStream file, string draft, string path) : IDisposable
{
    /// <summary>Writes the file, and gives it its name. Returns its path.</summary>
    public string Complete(ushort network, CoinKeys keys)
    {
        var bytes = KeyFile.WriteFormat9(network, [keys]);
        try
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
            file.Dispose();
            File.Move(draft, path, overwrite: false);
            return path;
        }
        catch (IOException exception)
        {
            throw AccountFile.NotWritable($"The key file '{path}' cannot be written ({exception.Message}), so the account is lost.").ToException();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public void Dispose()
    {
        file.Dispose();
        File.Delete(draft);
    }
}
