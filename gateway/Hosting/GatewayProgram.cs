using System.Net.Sockets;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>Runs the gateway until it is stopped. If it cannot start, the program writes the reasons to standard error.</summary>
internal static class GatewayProgram
{
    private const int WrongSettings = 1;
    private const int CannotListen = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = await GatewayApplication.BuildAsync(args);
            await app.RunAsync();
            return 0;
        }
        catch (OperationCanceledException)
        {
            // A signal stopped the gateway while it started.
            return 0;
        }
        catch (SettingsException exception)
        {
            await WriteProblemsAsync(exception.Problems);
            return WrongSettings;
        }
        catch (InvalidDataException exception)
        {
            // A configuration file is not JSON. The messages contain its path and the position.
            await WriteProblemsAsync([$"{exception.Message} {exception.InnerException?.Message}".TrimEnd()]);
            return WrongSettings;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync(
                $"rke-gateway cannot listen: {exception.Message.TrimEnd('.')}. "
                + "Change Rke:Grpc:Url, Rke:Http:Url or Rke:Signal:Listen, or stop the program that listens there.");
            return CannotListen;
        }
    }

    private static async Task WriteProblemsAsync(IReadOnlyList<string> problems)
    {
        await Console.Error.WriteLineAsync("rke-gateway cannot start because its configuration is invalid:");
        foreach (var problem in problems)
        {
            await Console.Error.WriteLineAsync($"  {problem}");
        }
    }
}
