using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl check</c> tests the whole path: it posts a random key part, gets it back and compares.</summary>
internal static class CheckCommand
{
    private const int PartLength = 8;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var raida = new Option<uint>("--raida", "-r") { Description = "The key server's number, 0-24." };
        var all = new Option<bool>("--all") { Description = "Check all key servers of the network, instead of one." };
        var network =
            new Option<uint>("--network") { Description = "The network's number. 0 = the gateway's default network." };
        var command = new Command(
            "check", "Post a random key part to a key server, get it back and compare. This tests the whole path.")
        {
            raida, all, network,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(all) is { Implicit: false } && result.GetResult(raida) is { Implicit: false })
            {
                result.AddError("Give --raida or --all, but not both.");
            }
        });
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(all))
            {
                var check = new AllServersCheck(gateway, parsed, parsed.GetValue(network));
                return (int)await check.RunAsync(terminal, parsed.GetValue(json), cancellationToken);
            }

            var one = await RunAsync(gateway, parsed, parsed.GetValue(network), parsed.GetValue(raida), cancellationToken);
            new Report()
                .Add("same", true)
                .Add("key_id_hash", ResponseJson.Hex(one.Posted.KeyIdHash))
                .Add("network", one.Posted.Network)
                .Add("raida_id", one.Posted.RaidaId)
                .Add("server", ResponseJson.Of(one.Posted.Server))
                .Add("coin", ResponseJson.Of(one.Posted.Coin))
                .Add("seconds", Math.Round(one.Time.TotalSeconds, 3))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Posts a part to a key server, gets it back and compares.</summary>
    public static async Task<(PostKeyResponse Posted, TimeSpan Time)> RunAsync(
        GatewayOptions gateway, ParseResult parsed, uint network, uint raidaId, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(PartLength));
        var posted = await gateway.CallAsync(
            parsed,
            (client, options) => client.PostKeyAsync(new() { Network = network, RaidaId = raidaId, KeyPart = part }, options),
            cancellationToken);
        var received = await gateway.CallAsync(
            parsed,
            (client, options) => client.GetKeyAsync(
                new() { Network = posted.Network, RaidaId = posted.RaidaId, KeyId = posted.KeyId }, options),
            cancellationToken);
        return received.KeyPart == part
            ? (posted, TimeProvider.System.GetElapsedTime(started))
            : throw new FailureException(
                ExitCode.Unexpected,
                "The key part from the key server is not the key part that was posted.",
                "Check the profile and the response IV of this network in the gateway's configuration.");
    }
}
