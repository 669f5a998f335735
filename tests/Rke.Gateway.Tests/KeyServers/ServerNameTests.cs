using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Dns;
using Rke.Gateway.Tests.Dns;

namespace Rke.Gateway.Tests.KeyServers;

/// <summary>Key servers with host names.</summary>
public sealed class ServerNameTests
{
    [Theory]
    [InlineData("raida-7", "search first.test cluster.test", "raida-7.cluster.test")]
    [InlineData("raida-7.svc", "search cluster.test\noptions ndots:5", "raida-7.svc.cluster.test")]
    [InlineData("raida-7.svc.", "search cluster.test\noptions ndots:5", "raida-7.svc")]
    public async Task The_search_domains_of_the_system_complete_a_short_name(
        string host, string configuration, string full)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var resolver = new ScriptedResolver(question =>
        [
            string.Equals(question.Name, full, StringComparison.OrdinalIgnoreCase) && question.Type == DnsType.A
                ? question.Address("127.0.0.1")
                : question.NoSuchName(),
        ]);
        await using var gateway = await StartAsync(network, resolver, host, configuration);

        var posted = await gateway.Client.PostKeyAsync(new() { RaidaId = 7, KeyPart = ByteString.CopyFrom(new byte[8]) });

        Assert.Equal((uint)network.Host.EndPoints[7].Port, posted.Server.Port);
    }

    [Fact]
    public async Task A_name_without_an_address_is_a_warning_of_readiness_with_the_names_that_were_looked_up()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var resolver = new ScriptedResolver(question => [question.NoSuchName()]);
        await using var gateway = await StartAsync(network, resolver, "raida-7", "search cluster.test");

        var details = await Details.OfAsync(
            gateway.Client.PostKeyAsync(new() { RaidaId = 7, KeyPart = ByteString.CopyFrom(new byte[8]) }));
        Assert.Equal((StatusCode.NotFound, "HOST_NOT_FOUND"), (details.Code, details.Reason));
        const string Problem = "The host raida-7 was not found: none of raida-7.cluster.test, raida-7 has an address.";
        Assert.Equal(Problem, details.Message);

        var ready = "";
        await Eventually.IsTrueAsync(async () =>
        {
            var response = await gateway.Http.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
            ready = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode && ready.Contains(Problem, StringComparison.Ordinal);
        });
        Assert.Contains("warning: ", ready, StringComparison.Ordinal);
    }

    private static Task<RunningGateway> StartAsync(
        TestNetwork network, ScriptedResolver resolver, string host, string configuration)
    {
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:7"] = $"{host}:{network.Host.EndPoints[7].Port}";
        settings["Rke:Dns:Resolver"] = $"{resolver.Endpoint}";
        return RunningGateway.StartAsync(
            settings, builder => builder.Services.AddSingleton(SystemResolvers.Parse(configuration.Split('\n'))));
    }
}
