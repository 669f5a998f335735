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
            await Console.Error.WriteLineAsync("rke-gateway cannot start as it is configured:");
            foreach (var problem in exception.Problems)
            {
                await Console.Error.WriteLineAsync($"  {problem}");
            }

            return WrongSettings;
        }
        catch (IOException exception)
        {
            await Console.Error.WriteLineAsync(
                $"rke-gateway cannot listen: {exception.Message} Change Rke:Grpc:Url or Rke:Http:Url, or stop what listens there.");
            return CannotListen;
        }
    }
}
