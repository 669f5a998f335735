using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl signal</c> sends a receiver the locations of key parts.</summary>
internal static class SignalCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain =
            new Option<string?>("--domain") { Description = "The receiver's domain. The gateway looks up its signalling service." };
        var endpoint = new Option<Endpoint?>("--endpoint", "-e")
        {
            Description = "The address of the receiver's signalling service.",
            HelpName = "host:port",
            CustomParser = OptionParsers.Endpoint,
        };
        var parts = new Option<KeyPartLocation[]?>("--part", "-p")
        {
            Description =
                "The location of a part: the hash of its key id, and its key server. Give 1 to 16 parts, in the order of the key.",
            HelpName = "hash@address:port",
            CustomParser = OptionParsers.Parts,
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
            Required = true,
        };
        var command = new Command(
            "signal", "Send a receiver the locations of the parts of a key, and print the parts that it used.")
        {
            domain, endpoint, parts,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(domain) is null) == (result.GetResult(endpoint) is null))
            {
                result.AddError("Give either --domain or --endpoint.");
            }
        });
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new SignalRequest();
            request.Parts.AddRange(parsed.GetValue(parts));
            if (parsed.GetValue(endpoint) is { } receiver)
            {
                request.Endpoint = receiver;
            }
            else
            {
                request.Domain = parsed.GetValue(domain);
            }

            var response = await gateway.CallAsync(
                parsed, (client, options) => client.SignalAsync(request, options), cancellationToken);
            var used = response.UsedParts.ToHashSet();
            new Report()
                .Add("endpoint", ResponseJson.Of(response.Endpoint))
                .Add("used", used.Count)
                .Add("parts", new JsonArray([.. request.Parts.Select((part, index) => new JsonObject
                {
                    ["index"] = index,
                    ["key_id_hash"] = ResponseJson.Hex(part.KeyIdHash),
                    ["server"] = ResponseJson.Of(part.Server),
                    ["used"] = used.Contains((uint)index),
                })]))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
