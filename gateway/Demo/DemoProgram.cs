using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// The whole job once, in one process: a key goes from an initiator to a receiver in four parts over four key servers.
/// Everything between is real gRPC and real UDP; what is printed was seen on the wire, and is never a key byte.
/// </summary>
internal static class DemoProgram
{
    private const int PartCount = 4;
    private const int PartLength = 8;
    private const int ServerCount = 25;
    private const byte KeyMark = 0xFF;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync()
    {
        try
        {
            await using var stage = await DemoStage.SetUpAsync();
            return await PlayAsync(stage).WaitAsync(Patience);
        }
        catch (RpcException exception)
        {
            return Fail($"{exception.StatusCode}: {exception.Status.Detail}");
        }
        catch (TimeoutException)
        {
            return Fail($"no end after {Patience.TotalSeconds} s");
        }
    }

    private static async Task<int> PlayAsync(DemoStage stage)
    {
        Say("A key exchange over RAIDA key servers, from an initiator to a receiver that share no secret.");
        Say($"Gateway {stage.Gateway}; 25 key servers, a name server and the receiver on loopback, all in this process.");
        _ = stage.Receiver.ListenAsync(stage.Client);

        await LookUpAsync(stage);
        var key = MakeKey();
        var parts = await PostAsync(stage, key);
        var received = await SignalAsync(stage, parts);

        var (sent, got) = (Fingerprint(key), Fingerprint(received.Key));
        var isSame = CryptographicOperations.FixedTimeEquals(key, received.Key);
        Title(5, "Compare: SHA-256 of the key, first 8 bytes");
        Say($"   initiator  {sent}");
        Say($"   receiver   {got}");
        Say(isSame ? "\nBoth sides hold the same key." : "\nThe keys differ.");
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(received.Key);
        return isSame ? 0 : 1;
    }

    private static async Task LookUpAsync(DemoStage stage)
    {
        Title(1, $"Look up {DemoStage.Domain}: DNS over UDP, asked of {stage.NameServer}");
        var answer = await stage.Client.LookupAsync(new() { Domain = DemoStage.Domain });
        Say($"   source     {answer.Source}, for {answer.Ttl.Seconds} s");
        Say($"   networks   {string.Join(", ", answer.Memberships.Select(membership => membership.Network))}");
        Say($"   signals    {answer.Signal.Host}:{answer.Signal.Port}");
    }

    private static async Task<IReadOnlyList<KeyPartLocation>> PostAsync(DemoStage stage, byte[] key)
    {
        Title(2, $"Post: a key of {key.Length} bytes in {PartCount} parts, each to another key server, all at once");
        var servers = Enumerable.Range(0, ServerCount).ToArray();
        RandomNumberGenerator.Shuffle(servers.AsSpan());
        var posting = servers.Take(PartCount).Select((raidaId, index) => stage.Client.PostKeyAsync(new()
        {
            RaidaId = (uint)raidaId,
            KeyPart = ByteString.CopyFrom(key, index * PartLength, PartLength),
        }).ResponseAsync);
        var posted = await Task.WhenAll(posting);
        var seen = stage.TakeSeen();
        foreach (var post in posted)
        {
            Say($"   key server {post.RaidaId,2} at {post.Server.Host}:{post.Server.Port}, coin "
                + $"{post.Coin.Denomination}/{post.Coin.SerialNumber}, HS {Convert.ToHexStringLower(post.KeyIdHash.Span)}");
            SayDatagrams(seen[(byte)post.RaidaId]);
        }

        return [.. posted.Select(post => new KeyPartLocation { KeyIdHash = post.KeyIdHash, Server = post.Server })];
    }

    private static async Task<ReceivedKey> SignalAsync(DemoStage stage, IReadOnlyList<KeyPartLocation> parts)
    {
        Title(3, $"Signal {DemoStage.Domain}: where the parts wait, not what they are");
        var signalled = await stage.Client.SignalAsync(new() { Domain = DemoStage.Domain, Parts = { parts } });
        var received = await stage.Receiver.Received;
        var seen = stage.TakeSeen();
        Say($"   receiver at {signalled.Endpoint.Host}:{signalled.Endpoint.Port}");
        Say($"   > {TappedDatagram.Describe(received.Signal)}");
        Say($"   < {TappedDatagram.Describe(received.Answer)}");
        Say($"   used parts {string.Join(", ", signalled.UsedParts)}");

        Title(4, "Meanwhile the receiver collected the parts through its gateway");
        foreach (var server in seen)
        {
            Say($"   key server {server.Key,2}");
            SayDatagrams(server);
        }

        return received;
    }

    private static byte[] MakeKey()
    {
        var key = RandomNumberGenerator.GetBytes(PartCount * PartLength);
        key[^1] = KeyMark;
        return key;
    }

    private static string Fingerprint(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 8));

    private static void SayDatagrams(IEnumerable<TappedDatagram> datagrams)
    {
        foreach (var datagram in datagrams)
        {
            Say($"   {(datagram.IsRequest ? '>' : '<')} {datagram.Describe()}");
        }
    }

    private static void Title(int step, string text) => Say($"\n{step}. {text}");

    private static void Say(string text) => Console.WriteLine(text);

    private static int Fail(string reason)
    {
        Console.Error.WriteLine($"The demonstration failed: {reason}");
        return 1;
    }
}
