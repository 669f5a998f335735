using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.State;
using Rke.Gateway.Tests.Lookup;
using Rke.Gateway.Translation;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>Learning how a raidax server encrypts its replies, against one that shares no code with us.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private const byte RaidaId = 14;

    // What was learned at this instant counts as new.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly DictionaryMemory _memory = new();
    private readonly CoinKeys _coin = TestNetwork.MakeCoin(1000);
    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _settings;
    private readonly HandWrittenRaidax _raidax;
    private readonly TestNetwork _network;
    private readonly ScriptedServer _server;
    private bool _losesEveryFirst;

    public CanaryTests()
    {
        var number = new byte[AuthenticityNumber.Length];
        _coin[RaidaId].CopyTo(number);
        _raidax = new(RaidaId, number);
        _network = TestNetwork.WithoutServers(_coin);
        _server = new(Answer);
        _settings = _network.Settings("raidax");
        _settings[$"Rke:Networks:0:Servers:{RaidaId}"] = _server.EndPoint.ToString();
    }

    private int Posts => _server.Requests
        .Where(request => request[5] == 41).Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_moves_to_a_host_of_the_other_kind_is_noticed(bool forgets)
    {
        await using var gateway = await StartAsync();
        await ExchangeAsync(gateway);
        for (var move = 1; move <= 2; move++)
        {
            _raidax.ContinuesCounter = !_raidax.ContinuesCounter;
            if (forgets)
            {
                _raidax.Forget();
            }

            _time.Advance(ResponseIvs.Trust + Moment);
            await ExchangeAsync(gateway);
        }

        // The canary is posted anew only where it is gone.
        Assert.Equal(3 + (forgets ? 3 : 1), Posts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reply_that_fits_neither_way_is_refused_also_of_a_server_that_was_known(bool isTrusted)
    {
        await using var gateway = await StartAsync();
        await ExchangeAsync(gateway);
        var part = RandomNumberGenerator.GetBytes(40);
        var posted = await PostAsync(gateway, part);
        _raidax.IsBroken = true;
        _time.Advance(isTrusted ? Moment : ResponseIvs.Trust + Moment);

        var refused = await Details.OfAsync(CallAsync(gateway, posted));
        Assert.Equal((StatusCode.Internal, "RAIDA_FAILED"), (refused.Code, refused.Reason));
        Assert.Contains("in no way that this gateway knows", refused.Message, StringComparison.Ordinal);

        // What it did meanwhile is not remembered.
        _raidax.IsBroken = false;
        Assert.Equal(part, (await GetAsync(gateway, posted)).KeyPart.ToByteArray());
    }

    [Fact]
    public async Task Calls_at_the_same_time_share_one_canary()
    {
        await using var gateway = await StartAsync();
        var posted = await PostAsync(gateway, new byte[8]);
        var calls = Enumerable.Range(0, 20).Select(_ => GetAsync(gateway, posted)).ToList();
        Assert.All(await Task.WhenAll(calls), got => Assert.Equal(new byte[8], got.KeyPart.ToByteArray()));
        Assert.Equal(2, Posts);
    }

    [Fact]
    public async Task Replicas_share_what_was_learned()
    {
        _raidax.ContinuesCounter = true;
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await ExchangeAsync(one);
        await ExchangeAsync(other);
        Assert.Equal(3, Posts);
    }

    [Fact]
    public async Task A_lost_canary_is_sent_again()
    {
        _losesEveryFirst = true;
        await using var gateway = await StartAsync(TimeProvider.System);
        await ExchangeAsync(gateway);
        Assert.Equal(2, Posts);
    }

    [Fact]
    public async Task The_canary_counts_as_a_use_of_its_coin()
    {
        _settings["Rke:Limits:Coin:Posts"] = "2";
        await using var gateway = await StartAsync();
        await ExchangeAsync(gateway);
        var details = await Details.OfAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]) }));
        Assert.Equal("COIN_OVERUSED", details.Reason);
    }

    [Fact]
    public async Task What_cannot_be_learned_now_is_learned_by_the_next_call()
    {
        _settings["Rke:Limits:Coin:Posts"] = "1";
        await using var gateway = await StartAsync();
        var posted = await PostAsync(gateway, new byte[8]);
        Assert.Equal("COIN_OVERUSED", (await Details.OfAsync(CallAsync(gateway, posted))).Reason);

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(new byte[8], (await GetAsync(gateway, posted)).KeyPart.ToByteArray());
    }

    [Fact]
    public async Task Neither_part_nor_canary_stands_in_any_log()
    {
        await using var gateway = await StartAsync();
        await ExchangeAsync(gateway);
        Assert.Equal(2, _raidax.Parts.Count);
        var logs = string.Join('\n', gateway.Logs.Lines);
        foreach (var part in _raidax.Parts.Select(part => part[5..]))
        {
            Assert.DoesNotContain(Convert.ToHexString(part), logs, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(part), logs, StringComparison.Ordinal);
        }
    }

    private IEnumerable<byte[]> Answer(byte[] request) =>
        _losesEveryFirst && _seen.TryAdd(Convert.ToHexString(request), true) ? [] : _raidax.Answer(request);

    private Task<RunningGateway> StartAsync(TimeProvider? time = null) => RunningGateway.StartAsync(_settings, builder =>
    {
        builder.Services.AddSingleton(time ?? _time);
        builder.Services.AddSingleton<ISharedMemory>(_memory);
    });

    private static async Task ExchangeAsync(RunningGateway gateway)
    {
        var part = RandomNumberGenerator.GetBytes(40);
        var got = await GetAsync(gateway, await PostAsync(gateway, part));
        Assert.Equal(part, got.KeyPart.ToByteArray());
    }

    private static async Task<PostKeyResponse> PostAsync(RunningGateway gateway, byte[] part) =>
        await gateway.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(part) },
            cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<GetKeyResponse> GetAsync(RunningGateway gateway, PostKeyResponse posted) =>
        await CallAsync(gateway, posted);

    private static AsyncUnaryCall<GetKeyResponse> CallAsync(RunningGateway gateway, PostKeyResponse posted) =>
        gateway.Client.GetKeyAsync(
            new() { RaidaId = RaidaId, KeyIdHash = posted.KeyIdHash },
            cancellationToken: TestContext.Current.CancellationToken);
}
