using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl lookup</c> looks up a domain's memberships and signalling service.</summary>
internal static class LookupCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain = new Argument<string>("domain") { Description = "The receiver's domain name." };
        var command = new Command("lookup", "Look up a domain's memberships and its signalling service.") { domain };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new LookupRequest { Domain = parsed.GetRequiredValue(domain) };
            var response = await gateway.CallAsync(
                parsed, (client, options) => client.LookupAsync(request, options), cancellationToken);
            new Report()
                .Add("source", response.Source.ToString().ToLowerInvariant())
                .Add("signal", ResponseJson.Of(response.Signal))
                .Add("memberships", new JsonArray([.. response.Memberships.Select(Membership)]))
                .Add("key_servers", new JsonArray([.. response.KeyServers.Select(KeyServer)]))
                .Add("anonymous", response.Anonymous)
                .Add("ttl", ResponseJson.Of(response.Ttl))
                .Add("stale", response.Stale)
                .Add("unreadable", Lines(response.Unreadable))
                .Add("conflicts", Lines(response.Conflicts))
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
        ["coin"] = ResponseJson.Of(membership.Coin),
        ["client_privacy"] = membership.ClientPrivacy,
        ["server_authentication"] = membership.ServerAuthentication,
        ["signal"] = ResponseJson.Of(membership.Signal),
    };

    private static JsonNode KeyServer(KeyServer server) => new JsonObject
    {
        ["raida_id"] = server.RaidaId,
        ["endpoint"] = ResponseJson.Of(server.Endpoint),
        ["key_number"] = server.KeyNumber,
    };
}
