using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>session initiate, watch, claim, show and close against a gRPC server of the test.</summary>
public class SessionCommandTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";
    private const string OtherId = "ffffffffffffffff0123456789abcdef";
    private const string Key = "a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7ff";
    private const string Derived = "c1c2c3c4c5c6c7c8d1d2d3d4d5d6d7d8c1c2c3c4c5c6c7c8d1d2d3d4d5d6d7d8";

    // The first 8 bytes of the SHA-256 of the key.
    private static readonly string Fingerprint =
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(Key)).AsSpan(0, 8));

    [Fact]
    public async Task Initiate_prints_each_step_on_a_line_and_no_key()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Steps(Made());
        var run = await server.RunAsync(
            "session", "initiate", "receiver.example", "--key-size", "16", "--parts", "2", "--network", "6",
            "--only-raida", "3", "7", "9", "--exclude-raida", "1", "--prefer-raida", "3");
        Assert.Equal(
            new InitiateSessionStreamRequest
            {
                Session = new()
                {
                    Domain = "receiver.example",
                    KeySize = 16,
                    PartCount = 2,
                    Preferences = new()
                    {
                        Network = 6,
                        OnlyRaidaIds = { 3, 7, 9 },
                        ExcludeRaidaIds = { 1 },
                        PreferRaidaIds = { 3 },
                    },
                },
            },
            server.Request);
        var lines = run.Expect(0).Out.Split('\n');
        Assert.Equal(
            ["looked", "part", "part", "part", "server", "part", "part", "signalled", "used"],
            lines.Take(9).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]));
        Assert.Contains("part 1: key server 7 of network 6 is slow", lines[4]);
        Assert.Contains(Fingerprint, run.Out);
        Assert.Contains(Id, run.Out);
        Assert.DoesNotContain(Key, run.Out);
        Assert.DoesNotContain(Derived, run.Out);
        Assert.DoesNotContain('\e', run.Out);
    }

    [Fact]
    public async Task Initiate_has_a_default_deadline_of_30_seconds()
    {
        await using var server = await GatewayServer.StartAsync();
        var deadline = default(DateTime);
        server.Stream = (_, context) =>
        {
            deadline = context.Deadline;
            return Steps(Made());
        };
        var before = TimeProvider.System.GetUtcNow().UtcDateTime;
        (await server.RunAsync("session", "initiate", "receiver.example")).Expect(0);
        Assert.True(deadline - before > TimeSpan.FromSeconds(29), $"{deadline - before}");
    }

    [Fact]
    public async Task Initiate_redraws_a_table_on_a_terminal()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Steps(Made());
        var run = await Rkectl.RunOnTerminalAsync(
            [("RKE_GATEWAY", server.Address)], "session", "initiate", "receiver.example");

        // Each table replaces the one before, so the terminal shows one table.
        var screen = Screen.Show(run.Expect(0).Out);
        Assert.InRange(screen.Redraws, 8, 12);
        Assert.Equal(
            ["looked up", "part 0", "part 1", "signalled", "used", ""], screen.Rows.Take(6).Select(row => row.Split("  ")[0]));
        Assert.EndsWith(" 8 bytes  key server 9   posted at 127.0.0.1:50009  (7 is slow)", screen.Rows[2]);
        Assert.All(screen.Rows, row => Assert.InRange(row.Length, 0, 130));
        Assert.DoesNotContain(Key, run.Out);
    }

    [Fact]
    public async Task Initiate_prints_one_json_object_per_line()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Steps(Made());
        var run = await server.RunAsync("session", "initiate", "[2001:db8::1]:75", "--part-length", "8", "8", "--json");
        Assert.Equal(
            new Endpoint { Host = "2001:db8::1", Port = 75 }, ((InitiateSessionStreamRequest)server.Request!).Session.Endpoint);
        var steps = run.Expect(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(
            [
                "looked_up", "part_sent", "part_sent", "part_posted", "server_replaced", "part_sent", "part_posted",
                "signalled", "used", "result",
            ],
            steps.Select(step => step.Text("step")));
        Assert.Equal((25, "dns"), ((int)steps[0]["server_count"]!, steps[0].Text("source")));
        Assert.Equal((Id, Fingerprint), (steps[^1].Text("session_id"), steps[^1].Text("key_fingerprint")));
        Assert.Equal([true, true], steps[^1]["parts"]!.AsArray().Select(part => (bool)part!["used"]!));
        Assert.Null(steps[^1]["key"]);
    }

    [Fact]
    public async Task A_key_is_printed_or_saved_only_on_request()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Steps(Made());
        var run = await server.RunAsync(
            "session", "initiate", "receiver.example", "--show-key", "--save-key", folder["hex"]);
        Assert.Contains(Key, run.Expect(0).Out);
        Assert.Contains(Derived, run.Out);
        Assert.Equal($"{Key}\n", await File.ReadAllTextAsync(folder["hex"], TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["hex"]));

        server.Answer = (_, _) => Task.FromResult<IMessage>(Claimed());
        run = await server.RunAsync("session", "claim", Id, "--save-key", folder["raw"], "--derived", "--format", "raw", "--json");
        Assert.Equal(new ClaimSessionRequest { SessionId = Bytes(Id) }, server.Request);
        Assert.Equal(("claimed", Fingerprint), (run.Expect(0).OutJson.Text("state"), run.OutJson.Text("key_fingerprint")));
        Assert.DoesNotContain(Key, run.Out);
        Assert.Equal(
            Convert.FromHexString(Derived),
            await File.ReadAllBytesAsync(folder["raw"], TestContext.Current.CancellationToken));
        Assert.Contains(Key, (await server.RunAsync("session", "claim", Id, "--show-key")).Expect(0).Out);
    }

    [Theory]
    [InlineData("hex", Key)]
    [InlineData("base64", "oaKjpKWmp6ixsrO0tba3/w==")]
    [InlineData("psk", $"{Id}:{Key}")]
    public async Task A_key_has_the_chosen_format(string format, string text)
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(Claimed());
        var run = await server.RunAsync(
            "session", "claim", Id, "--format", format, "--save-key", folder["key"], "--show-key", "--json");
        Assert.Equal(text, run.Expect(0).OutJson.Text("key"));
        Assert.Equal($"{text}\n", await File.ReadAllTextAsync(folder["key"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_failed_session_leaves_no_file_and_prints_the_reason()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Steps(GatewayServer.Error(StatusCode.Aborted, "SESSION_FAILED", "Too few parts."));
        var run = await server.RunAsync("session", "initiate", "receiver.example", "--save-key", folder["key"], "--json");
        Assert.Equal("SESSION_FAILED", run.Expect(5).ErrorJson.Text("reason"));
        Assert.NotNull(run.ErrorJson["advice"]);
        Assert.False(File.Exists(folder["key"]));

        // The key would be lost if the session was claimed and the file could not be created.
        var existing = folder.Write("existing", [1]);
        (await server.RunAsync("session", "claim", Id, "--save-key", existing)).Expect(2);
        server.Answer = (_, _) =>
            throw GatewayServer.Error(StatusCode.NotFound, "SESSION_NOT_FOUND", "No such session.");
        (await server.RunAsync("session", "claim", Id, "--save-key", folder["key"])).Expect(4);
        Assert.False(File.Exists(folder["key"]));
    }

    [Fact]
    public async Task Watch_prints_sessions_and_the_cursor_to_continue_with()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Messages(
            null,
            new WatchSessionsResponse { Cursor = "c1", Gap = true },
            new WatchSessionsResponse { Cursor = "c2", Session = Arrived() },
            new WatchSessionsResponse { Cursor = "c3", Session = Arrived(), Redelivered = true });
        var run = await server.RunAsync("session", "watch", "--cursor", "c0", "--consumer", "me", "--peer", "shop", "--count", "2", "--json");
        Assert.Equal(new WatchSessionsRequest { Cursor = "c0", Consumer = "me", Peers = { "shop" } }, server.Request);
        var lines = run.Expect(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(["c1", "c2", "c3"], lines.Select(line => line.Text("cursor")));
        Assert.Equal([true, false, false], lines.Select(line => (bool)line["gap"]!));
        Assert.Equal([false, false, true], lines.Select(line => (bool)line["redelivered"]!));
        Assert.Equal((Id, "waiting"), (lines[1].Text("session_id"), lines[1].Text("state")));

        server.Stream = (_, _) => Messages(
            GatewayServer.Error(StatusCode.Unavailable, "STOPPING", "The gateway stops."),
            new WatchSessionsResponse { Cursor = "c2", Session = Arrived() });
        run = await server.RunAsync("session", "watch");
        Assert.Contains($"{Id}  waiting  16 bytes  2 of 2 parts  from 192.0.2.7:1234", run.Expect(7).Out);
        Assert.Contains("--cursor c2", run.Error);
    }

    [Fact]
    public async Task Watch_shows_a_growing_table_on_a_terminal()
    {
        await using var server = await GatewayServer.StartAsync();
        var second = Arrived();
        second.SessionId = Bytes(OtherId);
        second.Peer = "[b]\e";
        server.Stream = (_, _) => Messages(
            GatewayServer.Error(StatusCode.Unavailable, "STOPPING", "The gateway stops."),
            new WatchSessionsResponse { Cursor = "c1", Gap = true },
            new WatchSessionsResponse { Cursor = "c2", Session = Arrived() },
            new WatchSessionsResponse { Cursor = "c3", Session = second },
            new WatchSessionsResponse { Cursor = "c4", Session = Arrived(), Redelivered = true });
        var run = await Rkectl.RunOnTerminalAsync([("RKE_GATEWAY", server.Address)], "session", "watch");
        var screen = Screen.Show(run.Expect(7).Out);
        Assert.InRange(screen.Redraws, 4, 8);
        Assert.Equal(
            [
                "arrived                   session                           state                           key  parts   from",
                $"2023-11-14T22:13:20.000Z  {OtherId}  waiting                    16 bytes  2 of 2  192.0.2.7:1234 ([b]\uFFFD)",
                $"2023-11-14T22:13:20.000Z  {Id}  waiting, delivered before  16 bytes  2 of 2  192.0.2.7:1234",
                "Some sessions may be missing, because the gateway no longer keeps them.  2 sessions, cursor c4",
                "rkectl: The gateway stops. [STOPPING]",
                "  raida id: 14",
                "  Continue with --cursor c4.",
            ],
            screen.Rows.Take(7));
    }

    [Fact]
    public async Task Watch_has_no_deadline_unless_one_is_given()
    {
        await using var server = await GatewayServer.StartAsync();
        DateTime? deadline = null;
        server.Stream = (_, context) =>
        {
            deadline = context.Deadline;
            return Messages(null);
        };
        (await server.RunAsync("session", "watch", "--deadline", "30s")).Expect(0);
        Assert.InRange(deadline!.Value, DateTime.UtcNow, DateTime.UtcNow.AddSeconds(31));
        (await server.RunAsync("session", "watch")).Expect(0);
        Assert.Equal(DateTime.MaxValue, deadline);
    }

    [Fact]
    public async Task Show_and_close_print_the_session()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(new GetSessionResponse { Session = Arrived() });
        var run = await server.RunAsync("session", "show", Id, "--json");
        Assert.Equal(new GetSessionRequest { SessionId = Bytes(Id) }, server.Request);
        Assert.Equal(("waiting", "192.0.2.7:1234"), (run.Expect(0).OutJson.Text("state"), run.OutJson.Text("initiator")));

        server.Answer = (_, _) => Task.FromResult<IMessage>(new CloseSessionResponse { Session = Arrived() });
        Assert.Contains(Id, (await server.RunAsync("session", "close", Id)).Expect(0).Out);
        Assert.Equal(new CloseSessionRequest { SessionId = Bytes(Id) }, server.Request);
    }

    [Fact]
    public async Task The_keys_of_labels_and_the_end_of_a_lease_are_printed_or_saved()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        var claimed = Claimed();
        claimed.LabelKeys.Add(new SessionLabelKey { Label = "storage", Key = Bytes(Derived) });
        claimed.LeaseExpireTime = new() { Seconds = 1_700_000_060 };
        server.Answer = (_, _) => Task.FromResult<IMessage>(claimed);
        var run = await server.RunAsync(
            "session", "claim", Id, "--idempotency-key", "k1", "--label", "storage", "--save-key", folder["label"], "--json");
        Assert.Equal(
            new ClaimSessionRequest { SessionId = Bytes(Id), IdempotencyKey = "k1", DeriveLabels = { "storage" } }, server.Request);
        Assert.Equal("storage", run.Expect(0).OutJson["label_keys"]![0]!.Text("label"));
        Assert.DoesNotContain(Derived, run.Out);
        Assert.Equal("2023-11-14T22:14:20.000Z", run.OutJson.Text("lease_expire_time"));
        Assert.Equal($"{Derived}\n", await File.ReadAllTextAsync(folder["label"], TestContext.Current.CancellationToken));
        Assert.Contains(
            Derived, (await server.RunAsync("session", "claim", Id, "--label", "storage", "--show-key")).Expect(0).Out);

        var made = Made();
        made.LabelKeys.Add(claimed.LabelKeys);
        server.Stream = (_, _) => Steps(made);
        run = await server.RunAsync(
            "session", "initiate", "receiver.example", "--idempotency-key", "k2", "--label", "a", "b", "--show-key");
        Assert.Contains(Derived, run.Expect(0).Out);
        var request = ((InitiateSessionStreamRequest)server.Request!).Session;
        Assert.Equal(("k2", 2, false), (request.IdempotencyKey, request.DeriveLabels.Count, request.Preferences.HasNetwork));

        server.Answer = (_, _) => Task.FromResult<IMessage>(new AcknowledgeSessionResponse { Session = Arrived() });
        Assert.Contains(Id, (await server.RunAsync("session", "acknowledge", Id, "--idempotency-key", "k1")).Expect(0).Out);
        Assert.Equal(new AcknowledgeSessionRequest { SessionId = Bytes(Id), IdempotencyKey = "k1" }, server.Request);
    }

    [Fact]
    public async Task List_reads_all_pages_and_passes_the_filters()
    {
        await using var server = await GatewayServer.StartAsync();
        var requests = new List<ListSessionsRequest>();
        server.Answer = (request, _) =>
        {
            requests.Add(((ListSessionsRequest)request).Clone());
            var page = new ListSessionsResponse { NextPageToken = requests.Count == 1 ? "t1" : "" };
            var session = Arrived();
            session.Peer = "shop";
            session.Sender = new() { Network = 6, Coin = new() { SerialNumber = 1000 } };
            page.Sessions.Add(session);
            return Task.FromResult<IMessage>(page);
        };
        var run = await server.RunAsync(
            "session", "list", "--peer", "shop", "unknown", "--state", "waiting", "--from", "2023-11-14T22:13:20Z", "--before",
            "2023-11-14T22:13:21Z", "--limit", "10", "--json");
        var first = new ListSessionsRequest
        {
            PageSize = 10,
            Peers = { "shop", "unknown" },
            States = { Session.Types.State.Waiting },
            ArrivedFrom = new() { Seconds = 1_700_000_000 },
            ArrivedBefore = new() { Seconds = 1_700_000_001 },
        };
        var second = first.Clone();
        (second.PageSize, second.PageToken) = (9, "t1");
        Assert.Equal([first, second], requests);
        var lines = run.Expect(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal([Id, Id], lines.Select(line => line.Text("session_id")));
        Assert.Equal(("shop", "0/1000"), (lines[0].Text("peer"), lines[0]["sender"]!.Text("coin")));

        requests.Clear();
        run = await server.RunAsync("session", "list", "--limit", "1");
        Assert.Single(requests);
        Assert.Contains($"{Id}  waiting  16 bytes  2 of 2  192.0.2.7:1234 (shop)", run.Expect(0).Out);
    }

    [Theory]
    [InlineData("initiate")]
    [InlineData("initiate", "receiver.example", "--format", "raw")]
    [InlineData("initiate", "receiver.example", "--show-key", "--format", "raw")]
    [InlineData("initiate", "receiver.example", "--save-key", "file", "--format", "pem")]
    [InlineData("initiate", "receiver.example", "--parts", "four")]
    [InlineData("claim", Id)]
    [InlineData("claim", "--show-key")]
    [InlineData("claim", Id, "--show-key", "--derived")]
    [InlineData("watch", "--count", "0")]
    [InlineData("show")]
    [InlineData("show", "0123")]
    [InlineData("list", "--state", "open")]
    [InlineData("list", "--from", "noon-ish")]
    [InlineData("acknowledge", Id)]
    [InlineData("claim", Id, "--save-key", "/nonexistent/key", "--label", "a", "b")]
    [InlineData("close")]
    public async Task A_wrong_command_line_is_a_usage_error(params string[] arguments) =>
        (await Rkectl.RunAsync(["session", .. arguments])).Expect(2);

    private static async IAsyncEnumerable<IMessage> Messages(RpcException? end, params IMessage[] messages)
    {
        foreach (var message in messages)
        {
            yield return message;
        }

        await Task.CompletedTask;
        if (end is not null)
        {
            throw end;
        }
    }

    private static IAsyncEnumerable<IMessage> Steps(RpcException end) => Messages(
        end, new InitiateSessionStreamResponse { LookedUp = new() { ServerCount = 25, PartLengths = { 8, 8 } } });

    private static IAsyncEnumerable<IMessage> Steps(InitiateSessionResponse made)
    {
        InitiateSessionStreamResponse[] steps =
        [
            new()
            {
                LookedUp = new()
                {
                    Lookup = new()
                    {
                        Source = LookupResponse.Types.Source.Dns,
                        Signal = new() { Host = "rke.receiver.example", Port = 75 },
                    },
                    ServerCount = 25,
                    PartLengths = { 8, 8 },
                },
            },
            new() { PartSent = new() { Index = 0, Network = 6, RaidaId = 3 } },
            new() { PartSent = new() { Index = 1, Network = 6, RaidaId = 7 } },
            new() { PartPosted = new() { Index = 0, Network = 6, RaidaId = 3, Server = Server(3) } },
            new() { ServerReplaced = new() { Index = 1, Network = 6, RaidaId = 7 } },
            new() { PartSent = new() { Index = 1, Network = 6, RaidaId = 9 } },
            new() { PartPosted = new() { Index = 1, Network = 6, RaidaId = 9, Server = Server(9) } },
            new() { Signalled = new() { PartCount = 2 } },
            new() { Used = new() { Endpoint = made.Endpoint, UsedParts = { 0, 1 } } },
            new() { Result = made },
        ];
        for (var index = 0; index < steps.Length; index++)
        {
            steps[index].Elapsed = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(index));
        }

        return Messages(null, steps);
    }

    private static InitiateSessionResponse Made() => new()
    {
        SessionId = Bytes(Id),
        Key = Bytes(Key),
        DerivedKey = Bytes(Derived),
        Parts = { Parts() },
        Endpoint = new() { Host = "192.0.2.1", Port = 75 },
        Duration = new() { Nanos = 9_000_000 },
    };

    private static Session Arrived() => new()
    {
        SessionId = Bytes(Id),
        State = Session.Types.State.Waiting,
        KeySize = 16,
        Parts = { Parts() },
        Initiator = new() { Host = "192.0.2.7", Port = 1234 },
        ArriveTime = new() { Seconds = 1_700_000_000 },
        ExpireTime = new() { Seconds = 1_700_000_600 },
    };

    private static ClaimSessionResponse Claimed()
    {
        var session = Arrived();
        session.State = Session.Types.State.Claimed;
        return new() { Session = session, Key = Bytes(Key), DerivedKey = Bytes(Derived) };
    }

    private static SessionPart[] Parts() =>
    [
        new() { Index = 0, KeyIdHash = Bytes(Id), Server = Server(3), RaidaId = 3, Length = 8, Used = true },
        new() { Index = 1, KeyIdHash = Bytes(Id), Server = Server(9), RaidaId = 9, Length = 8, Used = true },
    ];

    private static Endpoint Server(uint raidaId) => new() { Host = "127.0.0.1", Port = 50000 + raidaId };

    private static ByteString Bytes(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));
}
