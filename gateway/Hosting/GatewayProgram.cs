using System.Net.Sockets;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>Runs the gateway until it is stopped. What keeps it from starting is said in plain lines.</summary>
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
        catch (SettingsException exception)
        {
            await TellAsync(exception.Problems);
            return WrongSettings;
        }
        catch (InvalidDataException exception)
        {
            // A file of the configuration that is no JSON: which one, and where in it.
            await TellAsync([$"{exception.Message} {exception.InnerException?.Message}".TrimEnd()]);
            return WrongSettings;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync(
                $"rke-gateway cannot listen: {exception.Message.TrimEnd('.')}. "
                + "Change Rke:Grpc:Url, Rke:Http:Url or Rke:Signal:Listen, or stop what listens there.");
            return CannotListen;
        }
    }

    private static async Task TellAsync(IReadOnlyList<string> problems)
    {
        await Console.Error.WriteLineAsync("rke-gateway cannot start as it is configured:");
        foreach (var problem in problems)
        {
            await Console.Error.WriteLineAsync($"  {problem}");
        }
    }
}
