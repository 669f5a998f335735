using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Rke.Gateway.Configuration;
using Rke.Gateway.Hosting;
using Rke.Gateway.Kme;
using Rke.Gateway.Tests.Redis;

namespace Rke.Gateway.Tests.Kme;

/// <summary>The settings of the KME, keys in the process, and what happens without the other KME.</summary>
public sealed class KmeTests
{
    [Fact]
    public async Task Without_Redis_the_keys_are_in_the_processes()
    {
        await using var sides = await KmeSides.StartAsync(isShared: false);
        await sides.FillAsync();
        var made = await sides.CallAsync("sae-a", sides.A, "sae-b/enc_keys?number=20");
        foreach (var (id, key) in made.Keys)
        {
            var found = Assert.Single((await sides.CallAsync("sae-b", sides.B, $"sae-a/dec_keys?key_ID={id}")).Keys);
            Assert.Equal((id, Convert.ToHexString(key)), (found.Id, Convert.ToHexString(found.Key)));
        }
    }

    [Fact]
    public async Task A_key_is_not_ready_before_the_other_KME_has_it()
    {
        await using var sides = await KmeSides.StartAsync(
            new Dictionary<string, string?> { ["Rke:Kme:Pairs:0:Network"] = "6", ["Rke:Kme:MaxWaiting"] = "16" }, isShared: false);

        // The KME of the slave has room for one session. It refuses the next ones, so their keys are never confirmed.
        await Eventually.IsTrueAsync(() => sides.B.Logs.GetSnapshot().Any(record => record.Id.Id == 3402));
        await Eventually.IsTrueAsync(() => sides.A.Logs.GetSnapshot().Any(record =>
            record.Id.Id == 3401 && record.Message.Contains("SESSION_FAILED", StringComparison.Ordinal)));
        var status = await sides.CallAsync("sae-a", sides.A, "sae-b/status");
        Assert.Equal(16, status.Json.GetProperty("stored_key_count").GetInt32());
        var made = await sides.CallAsync("sae-a", sides.A, "sae-b/enc_keys?number=16");
        foreach (var (id, _) in made.Keys)
        {
            Assert.Single((await sides.CallAsync("sae-b", sides.B, $"sae-a/dec_keys?key_ID={id}")).Keys);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await sides.CallAsync("sae-a", sides.A, "sae-b/enc_keys?number=20")).Status);
    }

    [Fact]
    public async Task A_stock_above_the_setting_is_no_failure_and_is_filled_again()
    {
        await using var sides = await KmeSides.StartAsync();
        await sides.FillAsync();
        await using var redis = await RedisState.ConnectAsync(sides.Redis[0]);
        var stock = new RedisKeyStock(redis.Circuit, TimeProvider.System);
        var name = new StockName(StockSide.Master, "sae-a", "sae-b");
        StockedKey[] more = [.. Enumerable.Range(0, 64).Select(index => new StockedKey($"{index}", [1]))];
        Assert.True(await stock.AddAsync(name, more, TimeSpan.FromMinutes(1), 1000, TestContext.Current.CancellationToken));
        await Eventually.IsTrueAsync(async () => (await sides.A.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken))
            .Split('\n').Any(line => line.StartsWith("rke_kme_stock{", StringComparison.Ordinal) && int.Parse(line.Split(' ')[1]) > KmeSides.Stock + 16));

        while ((await stock.TakeAsync(name, 1)).Keys.Count > 0)
        {
            // Takes all keys.
        }

        await sides.FillAsync();
        Assert.DoesNotContain(sides.A.Logs.GetSnapshot(), record => record.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_new_certificate_and_new_authorities_are_used_without_a_restart()
    {
        await using var sides = await KmeSides.StartAsync(isShared: false);
        Assert.Equal(HttpStatusCode.OK, (await sides.CallAsync("sae-a", sides.A, "sae-b/status")).Status);
        using var other = new TestAuthority("Another");
        using var server = other.SignServer();
        sides.Folder.Write(server);
        sides.Folder.WriteAuthorities(other.Certificate);
        await Eventually.IsTrueAsync(async () =>
            (await sides.CurlAsync("sae-a", [$"{sides.A.Kme}api/v1/keys/sae-b/status"])).ExitCode is 56 or 35 or 52 or 55);
    }

    [Theory]
    [InlineData("Url", "http://127.0.0.1:1", "Rke:Kme:Url is 'http://127.0.0.1:1': write https:// with an IP address")]
    [InlineData("KeySize", "250", "Rke:Kme:KeySize is '250': write a multiple of 8.")]
    [InlineData("Id", "a b", "Rke:Kme:Id is 'a b': write 1 to 64 letters")]
    [InlineData("Saes:0:Identity", null, "Rke:Kme:Saes:0: write Id and Identity")]
    [InlineData("Saes:1:Id", "sae-a", "Rke:Kme:Saes:0: another SAE has the same Id or Identity")]
    [InlineData("Pairs:0:Slave", "sae-a", "Rke:Kme:Pairs:0: write two different SAEs")]
    [InlineData("Pairs:0:Master", "sae-x", "Rke:Kme:Pairs:0:Master is 'sae-x': add it to Rke:Kme:Saes.")]
    [InlineData("Pairs:0:Coins", null, "Rke:Kme:Pairs:0:Coins: the KME of the master needs Receiver and Coins; write both.")]
    [InlineData("Pairs:0:Receiver", "host:port", "Rke:Kme:Pairs:0:Receiver is 'host:port': write host:port")]
    [InlineData("Pairs:1:Slave", "sae-c", "Rke:Kme:Pairs:1:Slave is 'sae-c': add it to Rke:Kme:Saes.")]
    [InlineData("Pairs:1:Peer", "other", "Rke:Kme:Pairs:1:Peer is 'other': write the name of an element of Rke:Peers that has Coins.")]
    [InlineData("Pairs:1:Peer", null, "Rke:Kme:Pairs:1: write Receiver and Coins on the KME of the master, and Peer")]
    [InlineData("Tls:Key", null, "Rke:Kme:Tls: the KME port needs Certificate, Key and ClientAuthorities")]
    [InlineData("Sessions:SealingKey", null, "Rke:Kme:Url: a KME encrypts its keys at rest")]
    [InlineData("Signal:Listen", null, "Rke:Kme:Pairs:1:Peer: the gateway receives no Signals; set Rke:Signal:Listen too.")]
    public void A_wrong_setting_is_an_error_that_names_the_fix(string key, string? value, string problem)
    {
        using var folder = new TlsFolder();
        folder.WriteFile("file", "");
        var file = folder.PathOf("file");
        var settings = new Dictionary<string, string?>
        {
            ["Rke:Networks:0:Id"] = "6",
            ["Rke:Networks:0:Servers:0"] = "127.0.0.1:50000",
            ["Rke:Sessions:SealingKey"] = file,
            ["Rke:Signal:Listen"] = "127.0.0.1:0",
            ["Rke:Peers:0:Name"] = "kme-b",
            ["Rke:Peers:0:Coins"] = "2000",
            ["Rke:Kme:Url"] = "https://127.0.0.1:0",
            ["Rke:Kme:Tls:Certificate"] = file,
            ["Rke:Kme:Tls:Key"] = file,
            ["Rke:Kme:Tls:ClientAuthorities"] = file,
            ["Rke:Kme:Saes:0:Id"] = "sae-a",
            ["Rke:Kme:Saes:0:Identity"] = "dns:a.example.com",
            ["Rke:Kme:Saes:1:Id"] = "sae-b",
            ["Rke:Kme:Saes:1:Identity"] = "cn:sae-b",
            ["Rke:Kme:Pairs:0:Master"] = "sae-a",
            ["Rke:Kme:Pairs:0:Slave"] = "sae-b",
            ["Rke:Kme:Pairs:0:Receiver"] = "example.raida",
            ["Rke:Kme:Pairs:0:Coins"] = "1000-1009",
            ["Rke:Kme:Pairs:1:Master"] = "sae-b",
            ["Rke:Kme:Pairs:1:Slave"] = "sae-a",
            ["Rke:Kme:Pairs:1:Peer"] = "kme-b",
        };
        Assert.NotNull(Read(settings));
        settings[key.StartsWith("Se", StringComparison.Ordinal) || key.StartsWith("Si", StringComparison.Ordinal) ? $"Rke:{key}" : $"Rke:Kme:{key}"] = value;
        var problems = Assert.Throws<SettingsException>(() => Read(settings)).Problems;
        Assert.Contains(problems, line => line.StartsWith(problem, StringComparison.Ordinal));
    }

    private static GatewayOptions Read(Dictionary<string, string?> settings) =>
        ConfigurationSections.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
