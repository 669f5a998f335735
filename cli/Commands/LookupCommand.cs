using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl lookup</c>: a domain's memberships and signalling service.</summary>
internal static class LookupCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain = new Argument<string>("domain") { Description = "The receiver's domain name." };
        var command = new Command("lookup", "Find a domain's memberships and its signalling service.") { domain };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new LookupRequest { Domain = parsed.GetRequiredValue(domain) };
            var answer = await gateway.CallAsync(
                parsed, (client, options) => client.LookupAsync(request, options), cancellationToken);
            new Report()
                .Add("source", answer.Source.ToString().ToLowerInvariant())
                .Add("signal", AnswerJson.Of(answer.Signal))
                .Add("memberships", new JsonArray([.. answer.Memberships.Select(Membership)]))
                .Add("key_servers", new JsonArray([.. answer.KeyServers.Select(KeyServer)]))
                .Add("anonymous", answer.Anonymous)
                .Add("ttl", AnswerJson.Of(answer.Ttl))
                .Add("stale", answer.Stale)
                .Add("unreadable", Lines(answer.Unreadable))
                .Add("conflicts", Lines(answer.Conflicts))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static JsonArray Lines(IEnumerable<string> lines) => new([.. lines.Select(line => JsonValue.Create(line))]);

    private static JsonNode Membership(Membership membership) => new JsonObject
    {
        ["network"] = membership.Network,
        ["host_pattern"] = membership.HostPattern.Length == 0 ? null : membership.HostPattern,
        ["stripe"] = membership.Stripe,
        ["coin"] = AnswerJson.Of(membership.Coin),
        ["client_privacy"] = membership.ClientPrivacy,
        ["server_authentication"] = membership.ServerAuthentication,
        ["signal"] = AnswerJson.Of(membership.Signal),
    };

    private static JsonNode KeyServer(KeyServer server) => new JsonObject
    {
        ["raida_id"] = server.RaidaId,
        ["endpoint"] = AnswerJson.Of(server.Endpoint),
        ["key_number"] = server.KeyNumber,
    };
}
