using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// Makes one session in one process. A key goes from an initiator to a receiver in four parts over four key servers. Each side
/// has its own gateway, and a third party sees every datagram. The traffic is real gRPC and real UDP. The output shows what
/// was seen on the wire and never a key byte.
/// </summary>
internal static class DemoProgram
{
    private const byte PostKeyCommand = 41;

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
        Say("A session between an initiator and a receiver that share no secret. Each side has its own gateway and its own coins:");
        Say($"{stage.InitiatorGateway} and {stage.ReceiverGateway}. Both gateways use the same 25 key servers.");
        Say("Everything runs on loopback in this process. A third party sees every datagram.");

        using var end = new CancellationTokenSource();
        var receiving = stage.Receiver.ReceiveAsync(end.Token);
        var made = await InitiateAsync(stage, end.Token);
        SaySteps(stage, made);
        var claimed = await receiving;
        Title(5, $"The receiver claims the key of session {claimed.Session.SessionId}");
        Say($"   from       {claimed.Session.Initiator.Host}:{claimed.Session.Initiator.Port}");
        Say($"   state      {claimed.Session.State}: no other caller can claim it");

        var isFound = await SearchAsync(stage, made);
        return Compare(made, claimed, isFound);
    }

    private static async Task<InitiateSessionResponse> InitiateAsync(DemoStage stage, CancellationToken cancellationToken)
    {
        using var initiating = stage.Initiator.InitiateSessionStream(
            new() { Session = new() { Domain = DemoStage.Domain } }, cancellationToken: cancellationToken);
        while (await initiating.ResponseStream.MoveNext(cancellationToken))
        {
            var step = initiating.ResponseStream.Current;
            switch (step.StepCase)
            {
                case InitiateSessionStreamResponse.StepOneofCase.LookedUp:
                    var lookup = step.LookedUp.Lookup;
                    Title(1, $"Look up {DemoStage.Domain}: DNS over UDP, name server {stage.NameServer}");
                    Say($"   source     {lookup.Source}, for {lookup.Ttl.Seconds} s");
                    Say($"   networks   {string.Join(", ", lookup.Memberships.Select(membership => membership.Network))}");
                    Say($"   signals    {lookup.Signal.Host}:{lookup.Signal.Port}");
                    Say($"   servers    {step.LookedUp.Servers} that both sides can reach");
                    break;
                case InitiateSessionStreamResponse.StepOneofCase.Result:
                    return step.Result;
            }
        }

        throw new RpcException(new(StatusCode.Internal, "the gateway ended the stream without a session"));
    }

    private static void SaySteps(DemoStage stage, InitiateSessionResponse made)
    {
        // A gateway either posts to a key server from a socket, or gets; an answer goes to the socket that asked.
        var conversations = stage.Seen.GroupBy(datagram => (datagram.Path, datagram.Caller)).ToArray();
        var posts = conversations.Where(talk => talk.Key.Path.RaidaId is not null && IsPost(talk)).ToLookup(
            talk => (uint)talk.Key.Path.RaidaId!.Value);
        var gets = conversations.Where(talk => talk.Key.Path.RaidaId is not null && !IsPost(talk)).ToArray();

        Title(2, $"Post a key of {made.Key.Length} bytes in {made.Parts.Count} parts, each to a different key server, in parallel");
        foreach (var part in made.Parts)
        {
            Say($"   key server {part.RaidaId,2} at {part.Server.Host}:{part.Server.Port}, HS "
                + Convert.ToHexStringLower(part.KeyIdHash.Span));
            SayDatagrams(posts[part.RaidaId].SelectMany(talk => talk));
        }

        Title(3, $"Signal {DemoStage.Domain}: the locations of the parts, not their content");
        Say($"   receiver's gateway at {made.Endpoint.Host}:{made.Endpoint.Port}");
        SayDatagrams(stage.Seen.Where(datagram => datagram.Path == TappedPath.Signal));
        Say($"   used parts {string.Join(", ", made.Parts.Where(part => part.Used).Select(part => part.Index))}");

        Title(4, "Meanwhile, the receiver's gateway collects the parts under its own coins");
        foreach (var talk in gets)
        {
            Say($"   {talk.Key.Path.Name}");
            SayDatagrams(talk);
        }
    }

    private static async Task<bool> SearchAsync(DemoStage stage, InitiateSessionResponse made)
    {
        Title(6, "The third party saw every datagram and holds no coin");
        var thirdParty = new ThirdParty([.. stage.Seen]);
        var paths = stage.Seen.Select(datagram => datagram.Path).Distinct().Count();
        Say($"   saw        {thirdParty.Datagrams} datagrams, {thirdParty.Bytes} bytes, on {paths} paths");
        var answers = await thirdParty.AskAgainAsync(stage.KeyServers);
        Say($"   sent       every Get Key again: {answers} answers, encrypted as before");
        var knowsWhere = thirdParty.FindsWhereAll(made.Parts);
        Say($"   found      {(knowsWhere ? "the location of every part: the Signal carries them in the clear" : "not even the locations")}");
        var isFound = thirdParty.Finds(made.Key.Span) || thirdParty.Finds(made.DerivedKey.Span);
        Say($"   found      {(isFound ? "a piece of the key!" : $"nothing of the key: no {ThirdParty.PieceLength} bytes of it in a row")}");

        // A search that does not find what is there proves nothing.
        return isFound || !knowsWhere;
    }

    private static int Compare(InitiateSessionResponse made, ClaimSessionResponse claimed, bool isFound)
    {
        var isSame = CryptographicOperations.FixedTimeEquals(made.Key.Span, claimed.Key.Span)
            && CryptographicOperations.FixedTimeEquals(made.DerivedKey.Span, claimed.DerivedKey.Span);
        Title(7, "Compare: SHA-256 of the key, first 8 bytes");
        Say($"   initiator  {Fingerprint(made.Key)}");
        Say($"   receiver   {Fingerprint(claimed.Key)}");
        Say(isSame ? "\nBoth sides hold the same key." : "\nThe keys differ.");
        Say(isFound ? "The third party found a piece of it." : "The third party found nothing of it.");
        return isSame && !isFound ? 0 : 1;
    }

    private static bool IsPost(IEnumerable<TappedDatagram> talk) =>
        talk.Any(datagram => datagram is { IsRequest: true, Command: PostKeyCommand });

    private static string Fingerprint(ByteString key) =>
        Convert.ToHexStringLower(SHA256.HashData(key.Span).AsSpan(0, 8));

    private static void SayDatagrams(IEnumerable<TappedDatagram> datagrams)
    {
        foreach (var datagram in datagrams)
        {
            Say($"   {datagram.Describe()}");
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
