using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>session accept against a real gateway, and against a gateway that fails.</summary>
public sealed class SessionAcceptTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";
    private const string Key = "a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7ff";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_claims_sessions_passes_each_key_to_a_command_and_acknowledges_it()
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await LocalGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Rke:Peers:0:Name"] = "shop",
            ["Rke:Peers:0:Addresses"] = "127.0.0.1",
        });
        foreach (var name in (string[])["first", "second"])
        {
            (await RunAsync(gateway, "session", "initiate", gateway.Listener, "--save-key", folder[name])).Expect(0);
        }

        // The command reads to the end of the descriptor, so it ends only if rkectl closes the other end.
        var run = await RunAsync(
            gateway, "session", "accept", "--peer", "shop", "--count", "2", "--json",
            "--exec", $"cat <&3 >{folder["key"]}-$RKE_SESSION_ID; echo $RKE_SESSION_PEER >>{folder["peers"]}");
        var accepted = run.Expect(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(2, accepted.Length);
        Assert.Equal(
            new[] { "first", "second" }.Select(name => File.ReadAllText(folder[name])),
            accepted.Select(session => File.ReadAllText($"{folder["key"]}-{session.Text("session_id")}")));
        Assert.Equal("shop\nshop\n", await File.ReadAllTextAsync(folder["peers"], Cancelled));
        foreach (var session in accepted)
        {
            Assert.True((bool)session["acknowledged"]!);
            var shown = await RunAsync(gateway, "session", "show", session.Text("session_id"), "--json");
            Assert.Equal("claimed", shown.Expect(0).OutJson.Text("state"));
        }
    }

    [Fact]
    public async Task It_writes_keys_to_new_files_in_the_chosen_format()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        Deliver(server);
        var run = await server.RunAsync("session", "accept", "--save-to", folder["."], "--format", "psk", "--count", "1");
        Assert.Contains($"{Id}  shop  16 bytes", run.Expect(0).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, run.Error + run.Out, StringComparison.Ordinal);
        Assert.Equal($"{Id}:{Key}\n", await File.ReadAllTextAsync(folder[Id], Cancelled));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder[Id]));

    }

    [Fact]
    public async Task A_session_whose_file_exists_is_reported_and_the_next_one_is_accepted()
    {
        using var folder = new TemporaryFolder();
        await using var server = await GatewayServer.StartAsync();
        var requests = Deliver(server);
        server.Stream = (_, _) => Two();
        folder.Write(new string('0', 32), []);

        var run = await server.RunAsync("session", "accept", "--save-to", folder["."], "--count", "1");

        Assert.Contains("exists", run.Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal($"{Key}\n", await File.ReadAllTextAsync(folder[Id], Cancelled));
        Assert.Equal(Bytes(Id), Assert.Single(requests.OfType<ClaimSessionRequest>()).SessionId);
    }

    [Fact]
    public async Task A_claim_without_a_response_is_repeated_after_a_long_outage()
    {
        await using var server = await GatewayServer.StartAsync();
        var (streams, claims) = (0, new List<string>());
        server.Stream = (_, _) => One(isFirst: ++streams == 1);
        server.Answer = (request, _) =>
        {
            if (request is ClaimSessionRequest claim)
            {
                claims.Add(claim.IdempotencyKey);
                return claims.Count <= 5
                    ? throw new RpcException(new Status(StatusCode.Unavailable, "The connection broke."))
                    : Task.FromResult<IMessage>(Claimed());
            }

            return Task.FromResult<IMessage>(new AcknowledgeSessionResponse { Session = Waiting() });
        };

        var run = await server.RunAsync("session", "accept", "--exec", "cat <&3", "--count", "1");

        Assert.Equal($"{Key}\n", run.Expect(0).Out);
        Assert.Equal((6, 1), (claims.Count, claims.Distinct().Count()));

        // The gateway executed the first claim.
        static async IAsyncEnumerable<IMessage> One(bool isFirst)
        {
            await Task.Yield();
            var session = Waiting();
            session.State = isFirst ? Session.Types.State.Waiting : Session.Types.State.Claimed;
            yield return new WatchSessionsResponse { Cursor = "1", Session = session };
        }
    }

    [Fact]
    public async Task A_session_whose_command_fails_is_not_acknowledged()
    {
        await using var server = await GatewayServer.StartAsync();
        var requests = Deliver(server);
        var run = await server.RunAsync("session", "accept", "--exec", "exit 7", "--count", "1");
        Assert.Contains("The command ended with exit code 7, and the session is not acknowledged.", run.Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal(["ClaimSessionRequest"], requests.Select(request => request.Descriptor.Name));
    }

    [Fact]
    public async Task A_lost_response_and_a_broken_stream_lose_no_key()
    {
        await using var server = await GatewayServer.StartAsync();
        var (streams, claims) = (0, new List<ClaimSessionRequest>());
        server.Stream = (request, _) => Sessions(++streams == 1, ((WatchSessionsRequest)request).Cursor);
        server.Answer = (request, _) =>
        {
            if (request is ClaimSessionRequest claim)
            {
                claims.Add(claim);
                return claims.Count == 1
                    ? throw new RpcException(new Status(StatusCode.Unavailable, "The connection broke."))
                    : Task.FromResult<IMessage>(Claimed());
            }

            return Task.FromResult<IMessage>(new AcknowledgeSessionResponse { Session = Waiting() });
        };
        var run = await server.RunAsync("session", "accept", "--exec", "cat <&3", "--count", "1");
        Assert.Equal($"{Key}\n", run.Expect(0).Out);
        Assert.Equal((2, 2), (streams, claims.Count));
        Assert.Single(claims.Select(claim => claim.IdempotencyKey).Distinct());
        Assert.NotEqual("", claims[0].IdempotencyKey);

        // The second stream continues after the cursor of the first one.
        static async IAsyncEnumerable<IMessage> Sessions(bool isFirst, string cursor)
        {
            await Task.Yield();
            Assert.Equal(isFirst ? "" : "1", cursor);
            if (isFirst)
            {
                yield return new WatchSessionsResponse { Cursor = "1", Gap = true };
                throw new RpcException(new Status(StatusCode.Unavailable, "The gateway is stopping."));
            }

            yield return new WatchSessionsResponse { Cursor = "2", Session = Waiting() };
        }
    }

    [Fact]
    public async Task A_session_that_another_caller_claimed_is_left_to_it()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Stream = (_, _) => Two();
        server.Answer = (request, _) => request switch
        {
            ClaimSessionRequest { SessionId: var id } when id == Bytes(Id) => Task.FromResult<IMessage>(Claimed()),
            ClaimSessionRequest => throw GatewayServer.Error(StatusCode.FailedPrecondition, "SESSION_NOT_WAITING", "Claimed."),
            _ => Task.FromResult<IMessage>(new AcknowledgeSessionResponse { Session = Waiting() }),
        };
        var run = await server.RunAsync("session", "accept", "--exec", "true", "--count", "1", "--json");
        Assert.Equal(Id, run.Expect(0).OutJson.Text("session_id"));
    }

    [Theory]
    [InlineData("--exec or --save-to")]
    [InlineData("--count", "--exec", "true", "--count", "0")]
    [InlineData("one --label", "--exec", "true", "--label", "a", "b")]
    [InlineData("There is no folder", "--save-to", "/nonexistent")]
    public async Task A_wrong_command_line_is_explained(string text, params string[] arguments)
    {
        await using var server = await GatewayServer.StartAsync();
        Assert.Contains(text, (await server.RunAsync(["session", "accept", .. arguments])).Expect(2).Error, StringComparison.Ordinal);
    }

    // Returns the unary requests.
    private static List<IMessage> Deliver(GatewayServer server)
    {
        var requests = new List<IMessage>();
        server.Stream = (_, _) => One();
        server.Answer = (request, _) =>
        {
            requests.Add(request);
            return Task.FromResult<IMessage>(
                request is ClaimSessionRequest ? Claimed() : new AcknowledgeSessionResponse { Session = Waiting() });
        };
        return requests;

        static async IAsyncEnumerable<IMessage> One()
        {
            await Task.Yield();
            yield return new WatchSessionsResponse { Cursor = "1", Session = Waiting() };
        }
    }

    // Another session, and then the session with the id.
    private static async IAsyncEnumerable<IMessage> Two()
    {
        await Task.Yield();
        var other = Waiting();
        other.SessionId = ByteString.CopyFrom(new byte[16]);
        yield return new WatchSessionsResponse { Cursor = "1", Session = other };
        yield return new WatchSessionsResponse { Cursor = "2", Session = Waiting() };
    }

    private static Session Waiting() => new()
    {
        SessionId = Bytes(Id),
        State = Session.Types.State.Waiting,
        KeySize = 16,
        Peer = "shop",
        ArriveTime = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch),
    };

    private static ClaimSessionResponse Claimed() => new() { Session = Waiting(), Key = Bytes(Key), DerivedKey = ByteString.CopyFrom(new byte[32]) };

    private static ByteString Bytes(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));

    private static Task<RkectlRun> RunAsync(LocalGateway gateway, params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_GATEWAY", gateway.Address)], arguments);
}
