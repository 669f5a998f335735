using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>post, get, check, signal and lookup against a gRPC server of the test.</summary>
public class GatewayCommandTests
{
    private const string Id = "000102030405060708090a0b0c0d0e0f";
    private const string Hash = "1ac1ef01e96caf1be0d329331a4fc2a8";
    private const string Part = "a1a2a3a4a5a6a7a8";

    [Fact]
    public async Task Post_sends_the_part_and_does_not_print_it()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(Posted());
        var run = await server.RunAsync(
            "post", "--raida", "14", "--part", Part, "--key-id", Id, "--key-start", "7", "--coin", "-3/1000", "--network", "6",
            "--idempotency-key", "once", "--json");
        Assert.Equal(
            new PostKeyRequest
            {
                Network = 6,
                RaidaId = 14,
                KeyId = Bytes(Id),
                KeyPart = Bytes(Part),
                KeyStart = 7,
                Coin = new Coin { Denomination = -3, SerialNumber = 1000 },
                IdempotencyKey = "once",
            },
            server.Request);
        var answer = run.Expect(0).OutJson;
        Assert.Equal((Id, Hash), (answer.Text("key_id"), answer.Text("key_id_hash")));
        Assert.Equal(("127.0.0.1:50014", "-3/1000"), (answer.Text("server"), answer.Text("coin")));
        Assert.Equal("0.000825755s", answer.Text("execution_time"));
        Assert.DoesNotContain(Part, run.Out);

        run = await server.RunAsync("post", "--raida", "14", "--part", Part, "--show-part");
        Assert.Contains(Part, run.Expect(0).Out);
        Assert.False(((PostKeyRequest)server.Request!).HasKeyStart);
        Assert.Null(((PostKeyRequest)server.Request).Coin);
    }

    [Fact]
    public async Task Post_reads_the_part_from_a_file_or_standard_input_or_makes_a_random_part()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(Posted());
        var hex = folder.Write("hex", System.Text.Encoding.ASCII.GetBytes(Part + "\n"));
        var raw = folder.Write("raw", Convert.FromHexString(Part));
        foreach (var source in (string[][])[["--part-file", hex], ["--part-file", raw, "--raw"]])
        {
            (await server.RunAsync(["post", "--raida", "14", .. source])).Expect(0);
            Assert.Equal(Bytes(Part), ((PostKeyRequest)server.Request!).KeyPart);
        }

        (await Rkectl.RunAsync($"{Part}\n", [], "post", "-r", "14", "--part-file", "-", "-g", server.Address)).Expect(0);
        Assert.Equal(Bytes(Part), ((PostKeyRequest)server.Request!).KeyPart);

        var run = await server.RunAsync("post", "--raida", "14", "--random", "32", "--save-part", folder["saved"]);
        var sent = Convert.ToHexStringLower(((PostKeyRequest)server.Request!).KeyPart.Span);
        Assert.Equal(64, sent.Length);
        Assert.DoesNotContain(sent, run.Expect(0).Out);
        Assert.Equal(sent + "\n", await File.ReadAllTextAsync(folder["saved"], TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["saved"]));
    }

    [Fact]
    public async Task Get_prints_the_part_or_writes_it_to_a_file_with_mode_0600()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(new GetKeyResponse
        {
            KeyPart = Bytes(Part),
            KeyId = Bytes(Id),
            Sender = new Coin { Denomination = 1, SerialNumber = 1000 },
            SenderAddress = "192.0.2.7",
            RaidaId = 14,
        });
        var run = await server.RunAsync("get", "--raida", "14", "--key-id", Id);
        Assert.Equal(new GetKeyRequest { RaidaId = 14, KeyId = Bytes(Id) }, server.Request);
        Assert.Contains(Part, run.Expect(0).Out);

        run = await server.RunAsync(
            "get", "--endpoint", "[2001:db8::1]:50014", "--hash", Hash, "--coin", "1/5", "--out", folder["hex"]);
        Assert.Equal(
            new GetKeyRequest
            {
                Endpoint = new Endpoint { Host = "2001:db8::1", Port = 50014 },
                KeyIdHash = Bytes(Hash),
                Coin = new Coin { Denomination = 1, SerialNumber = 5 },
            },
            server.Request);
        Assert.DoesNotContain(Part, run.Expect(0).Out);
        Assert.Equal($"{Part}\n", await File.ReadAllTextAsync(folder["hex"], TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["hex"]));

        (await server.RunAsync("get", "-r", "0", "--hash", Hash, "--out", folder["raw"], "--format", "raw")).Expect(0);
        Assert.Equal(
            Convert.FromHexString(Part),
            await File.ReadAllBytesAsync(folder["raw"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_part_is_not_fetched_if_its_file_cannot_be_created()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        var existing = folder.Write("existing", [1]);
        (await server.RunAsync("get", "-r", "0", "--hash", Hash, "--out", existing)).Expect(2);
        (await server.RunAsync("get", "-r", "0", "--hash", Hash, "--out", Path.Combine(existing, "below"))).Expect(2);
        Assert.Null(server.Request);

        server.Answer = (_, _) => throw GatewayServer.Error(
            global::Grpc.Core.StatusCode.NotFound, "KEY_NOT_FOUND", "No such key.");
        (await server.RunAsync("get", "-r", "0", "--hash", Hash, "--out", folder["empty"])).Expect(4);
        Assert.False(File.Exists(folder["empty"]));
    }

    [Fact]
    public async Task Check_posts_a_part_gets_it_back_and_compares()
    {
        await using var server = await GatewayServer.StartAsync(hasAdmin: false);
        var kept = ByteString.Empty;
        server.Answer = (request, _) => Task.FromResult<IMessage>(request is PostKeyRequest post
            ? Keep(post)
            : new GetKeyResponse { KeyPart = kept, KeyId = Bytes(Id) });
        var run = await server.RunAsync("check", "--raida", "14", "--json");
        Assert.True((bool)run.Expect(0).OutJson["same"]!);
        Assert.Equal(new GetKeyRequest { Network = 6, RaidaId = 14, KeyId = Bytes(Id) }, server.Request);
        Assert.Equal(8, kept.Length);
        Assert.DoesNotContain(Convert.ToHexStringLower(kept.Span), run.Out);

        server.Answer = (request, _) => Task.FromResult<IMessage>(
            request is PostKeyRequest ? Posted() : new GetKeyResponse { KeyPart = Bytes(Part), KeyId = Bytes(Id) });
        run = await server.RunAsync("check");
        Assert.Contains("is not the key part that was posted", run.Expect(1).Error);

        PostKeyResponse Keep(PostKeyRequest post)
        {
            kept = post.KeyPart;
            return Posted();
        }
    }

    [Fact]
    public async Task Check_all_tests_each_key_server_and_names_those_that_fail()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:4"] = $"127.0.0.1:{FreePort.Next()}";
        await using var gateway = await GatewayProcess.StartAsync(
            ["--Rke:Admin:Enabled=true", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);
        (string Name, string Value)[] environment = [("RKE_GATEWAY", gateway.Grpc.GetLeftPart(UriPartial.Authority))];
        var run = await Rkectl.RunAsync("", environment, "check", "--all", "--json");
        var servers = run.Expect(8).OutJson["servers"]!.AsArray();
        Assert.Equal(25, servers.Count);
        Assert.Equal(4, (int)Assert.Single(servers, server => !(bool)server!["ok"]!)!["raida_id"]!);
        Assert.Contains("1 of 25 key servers fail.", (await Rkectl.RunAsync("", environment, "check", "--all")).Expect(8).Out);
        Assert.Contains("both", (await Rkectl.RunAsync("", environment, "check", "--all", "--raida", "3")).Expect(2).Error);
    }

    [Fact]
    public async Task Check_all_needs_no_admin_service()
    {
        await using var server = await GatewayServer.StartAsync(hasAdmin: false);
        Keep(server);
        var run = await server.RunAsync("check", "--all");
        Assert.Contains("All 25 key servers work.", run.Expect(0).Out);
    }

    [Fact]
    public async Task Check_all_tests_the_default_network()
    {
        await using var server = await GatewayServer.StartAsync();
        var posts = Keep(
            server,
            new ListServersResponse
            {
                Servers = { new ServerState { Network = 6, RaidaId = 14 }, new ServerState { Network = 7, RaidaId = 1 }, new ServerState { Network = 7, RaidaId = 2 } },
            },
            new GetStatusResponse { Networks = { new NetworkStatus { Network = 7 }, new NetworkStatus { Network = 6 } } });
        Assert.Contains("All 2 key servers work.", (await server.RunAsync("check", "--all")).Expect(0).Out);
        Assert.Equal([(7u, 1u), (7u, 2u)], posts.Select(post => (post.Network, post.RaidaId)).Order());
    }

    [Fact]
    public async Task Check_all_without_a_key_server_fails()
    {
        await using var server = await GatewayServer.StartAsync();
        Keep(server, new ListServersResponse());
        Assert.Contains("There is no key server that this caller may use.", (await server.RunAsync("check", "--all")).Expect(8).Out);
        Assert.False((bool)(await server.RunAsync("check", "--all", "--json")).Expect(8).OutJson["ok"]!);

        // The policy permits GetStatus for none of the networks.
        Keep(
            server,
            new ListServersResponse { Servers = { new ServerState { Network = 6 }, new ServerState { Network = 7 } } },
            new GetStatusResponse());
        Assert.Contains("There is no key server that this caller may use.", (await server.RunAsync("check", "--all")).Expect(8).Out);
    }

    // The gateway keeps the parts itself. Returns the posts.
    private static System.Collections.Concurrent.ConcurrentBag<PostKeyRequest> Keep(
        GatewayServer server, ListServersResponse? servers = null, GetStatusResponse? status = null)
    {
        var posts = new System.Collections.Concurrent.ConcurrentBag<PostKeyRequest>();
        var kept = new System.Collections.Concurrent.ConcurrentDictionary<ByteString, ByteString>();
        server.Answer = (request, _) => Task.FromResult<IMessage>(request switch
        {
            PostKeyRequest post => Post(post),
            GetKeyRequest get => new GetKeyResponse { KeyPart = kept[get.KeyId] },
            ListServersRequest => servers!,
            _ => status!,
        });
        return posts;

        PostKeyResponse Post(PostKeyRequest post)
        {
            posts.Add(post);
            var id = ByteString.CopyFrom(Guid.NewGuid().ToByteArray());
            kept[id] = post.KeyPart;
            return new() { KeyId = id, RaidaId = post.RaidaId, Network = 6 };
        }
    }

    [Fact]
    public async Task Signal_sends_the_parts_in_order_and_prints_which_were_used()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(new SignalResponse
        {
            UsedParts = { 1 },
            Endpoint = new Endpoint { Host = "192.0.2.1", Port = 75 },
        });
        var run = await server.RunAsync(
            "signal", "--domain", "example.com", "--part", $"{Hash}@127.0.0.1:50014", $"{Id}@[::1]:50015", "--json");
        Assert.Equal(
            new SignalRequest
            {
                Domain = "example.com",
                Parts =
                {
                    new KeyPartLocation { KeyIdHash = Bytes(Hash), Server = new Endpoint { Host = "127.0.0.1", Port = 50014 } },
                    new KeyPartLocation { KeyIdHash = Bytes(Id), Server = new Endpoint { Host = "::1", Port = 50015 } },
                },
            },
            server.Request);
        Assert.Equal((1, "192.0.2.1:75"), ((int)run.Expect(0).OutJson["used"]!, run.OutJson.Text("endpoint")));
        Assert.Equal([false, true], run.OutJson["parts"]!.AsArray().Select(part => (bool)part!["used"]!));

        run = await server.RunAsync("signal", "-e", "192.0.2.1:75", "-p", $"{Hash}@127.0.0.1:50014");
        Assert.Equal("192.0.2.1", ((SignalRequest)server.Request!).Endpoint.Host);
        Assert.Contains("used no", run.Expect(0).Out);
    }

    [Fact]
    public async Task Lookup_prints_all_records()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(new LookupResponse
        {
            Source = LookupResponse.Types.Source.Dns,
            Signal = new Endpoint { Host = "rke.example.com", Port = 75 },
            Memberships =
                { new Membership { HostPattern = "*.example.com", Network = 6, Coin = new Coin { SerialNumber = 9 } } },
            KeyServers =
                { new KeyServer { RaidaId = 3, Endpoint = new Endpoint { Host = "192.0.2.3", Port = 50003 }, KeyNumber = 7 } },
            Anonymous = true,
            Ttl = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
            Unreadable = { "bad \u001b[31mline" },
        });
        var run = await server.RunAsync("lookup", "example.com");
        Assert.Equal(new LookupRequest { Domain = "example.com" }, server.Request);
        Assert.Contains("rke.example.com:75", run.Expect(0).Out);
        Assert.Contains("192.0.2.3:50003", run.Out);
        Assert.Contains("300s", run.Out);
        Assert.DoesNotContain('\u001b', run.Out);
        run = await server.RunAsync("lookup", "example.com", "--json");
        Assert.Equal(("dns", true), (run.Expect(0).OutJson.Text("source"), (bool)run.OutJson["anonymous"]!));
        Assert.Equal(6, (int)run.OutJson["memberships"]![0]!["network"]!);
    }

    [Fact]
    public async Task Metadata_is_sent()
    {
        await using var server = await GatewayServer.StartAsync();
        string? authorization = null;
        server.Answer = (_, context) =>
        {
            authorization = context.RequestHeaders.GetValue("authorization");
            return Task.FromResult<IMessage>(new LookupResponse());
        };
        (await server.RunAsync("lookup", "example.com", "--metadata", "Authorization=Bearer a=b")).Expect(0);
        Assert.Equal("Bearer a=b", authorization);
        Assert.Contains("NAME=VALUE", (await server.RunAsync("lookup", "x", "--metadata", "nothing")).Expect(2).Error);
    }

    [Theory]
    [InlineData("post")]
    [InlineData("post", "--raida", "1")]
    [InlineData("post", "--raida", "1", "--random", "7")]
    [InlineData("post", "--raida", "1", "--random", "8", "--part", "00")]
    [InlineData("post", "--raida", "1", "--part", "0g")]
    [InlineData("post", "--raida", "1", "--random", "8", "--coin", "1000")]
    [InlineData("get", "--raida", "1")]
    [InlineData("get", "--raida", "1", "--hash", "00")]
    [InlineData("get", "--raida", "1", "--endpoint", "192.0.2.1:1", "--hash", Hash)]
    [InlineData("get", "--raida", "1", "--key-id", Hash, "--hash", Hash)]
    [InlineData("get", "--endpoint", "192.0.2.1", "--hash", Hash)]
    [InlineData("get", "--endpoint", "::1:75", "--hash", Hash)]
    [InlineData("get", "--raida", "1", "--hash", Hash, "--format", "raw")]
    [InlineData("signal", "--domain", "example.com")]
    [InlineData("signal", "--part", Hash + "@192.0.2.1:1")]
    [InlineData("signal", "--domain", "example.com", "--part", "192.0.2.1:1")]
    [InlineData("lookup")]
    [InlineData("lookup", "example.com", "--deadline", "soon")]
    [InlineData("lookup", "example.com", "--gateway", "localhost:5001")]
    [InlineData("bogus")]
    public async Task A_wrong_command_line_is_a_usage_error(params string[] arguments)
    {
        var run = await Rkectl.RunAsync([.. arguments, "--json"]);
        Assert.Equal(2, (int)run.Expect(2).ErrorJson["exit_code"]!);
        Assert.NotNull(run.ErrorJson["message"]);
        Assert.Equal("", run.Out);
    }

    private static ByteString Bytes(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));

    private static PostKeyResponse Posted() => new()
    {
        KeyId = Bytes(Id),
        KeyIdHash = Bytes(Hash),
        Network = 6,
        RaidaId = 14,
        Server = new Endpoint { Host = "127.0.0.1", Port = 50014 },
        Coin = new Coin { Denomination = -3, SerialNumber = 1000 },
        ExecutionTime = new Duration { Nanos = 825755 },
        ExpireTime = new Timestamp { Seconds = 1_700_000_000 },
    };
}
