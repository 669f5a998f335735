using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl signal</c>: tells a receiver where key parts wait.</summary>
internal static class SignalCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain =
            new Option<string?>("--domain") { Description = "The receiver's domain; its signalling service is looked up." };
        var endpoint = new Option<Endpoint?>("--endpoint", "-e")
        {
            Description = "The signalling service itself.",
            HelpName = "host:port",
            CustomParser = OptionText.Endpoint,
        };
        var parts = new Option<KeyPartLocation[]?>("--part", "-p")
        {
            Description =
                "Where a part waits: its key id's hash and its key server; 1-16 times, in the order of the key.",
            HelpName = "hash@address:port",
            CustomParser = OptionText.Parts,
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
            Required = true,
        };
        var command = new Command("signal", "Tell a receiver where the parts of a key wait, and learn which it used.")
        {
            domain, endpoint, parts,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(domain) is null) == (result.GetResult(endpoint) is null))
            {
                result.AddError("Name the receiver in one way: --domain or --endpoint.");
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

            var answer = await gateway.CallAsync(
                parsed, (client, options) => client.SignalAsync(request, options), cancellationToken);
            var used = answer.UsedParts.ToHashSet();
            new Report()
                .Add("endpoint", AnswerJson.Of(answer.Endpoint))
                .Add("used", used.Count)
                .Add("parts", new JsonArray([.. request.Parts.Select((part, index) => new JsonObject
                {
                    ["index"] = index,
                    ["key_id_hash"] = AnswerJson.Hex(part.KeyIdHash),
                    ["server"] = AnswerJson.Of(part.Server),
                    ["used"] = used.Contains((uint)index),
                })]))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
