using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// The command <c>demo</c>: runs one session in one process. An initiator sends a key to a receiver in four parts over four key
/// servers. Each side has its own gateway, and a third party records each datagram. The traffic is real gRPC and real UDP. The
/// output shows the datagrams, and no byte of the key.
/// </summary>
internal static class DemoProgram
{
    private const byte PostKeyCommand = 41;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync()
    {
        try
        {
            await using var environment = await DemoEnvironment.StartAsync();
            return await ShowAsync(environment).WaitAsync(Timeout);
        }
        catch (RpcException exception)
        {
            return Fail($"{exception.StatusCode}: {exception.Status.Detail}");
        }
        catch (TimeoutException)
        {
            return Fail($"it did not end within {Timeout.TotalSeconds} s");
        }
    }

    private static async Task<int> ShowAsync(DemoEnvironment environment)
    {
        Write("A session between an initiator and a receiver that share no secret. Each side has its own gateway and its own coins:");
        Write($"{environment.InitiatorGateway} and {environment.ReceiverGateway}. Both gateways use the same 25 key servers.");
        Write("Everything runs on loopback in this process. A third party sees every datagram.");

        using var end = new CancellationTokenSource();
        var receiving = environment.Receiver.ReceiveAsync(end.Token);
        var session = await InitiateAsync(environment, end.Token);
        WriteSteps(environment, session);
        var claimed = await receiving;
        WriteTitle(5, $"The receiver claims the key of session {Convert.ToHexStringLower(claimed.Session.SessionId.Span)}");
        Write($"   from       {claimed.Session.Initiator.Host}:{claimed.Session.Initiator.Port}");
        Write($"   state      {claimed.Session.State}: no other caller can claim it");

        var isFound = await SearchAsync(environment, session);
        return Compare(session, claimed, isFound);
    }

    private static async Task<InitiateSessionResponse> InitiateAsync(DemoEnvironment environment, CancellationToken cancellationToken)
    {
        using var initiating = environment.Initiator.InitiateSessionStream(
            new() { Session = new() { Domain = DemoEnvironment.Domain } }, cancellationToken: cancellationToken);
        while (await initiating.ResponseStream.MoveNext(cancellationToken))
        {
            var step = initiating.ResponseStream.Current;
            switch (step.StepCase)
            {
                case InitiateSessionStreamResponse.StepOneofCase.LookedUp:
                    var lookup = step.LookedUp.Lookup;
                    WriteTitle(1, $"Look up {DemoEnvironment.Domain}: DNS over UDP, name server {environment.NameServer}");
                    Write($"   source     {lookup.Source}, for {lookup.Ttl.Seconds} s");
                    Write($"   networks   {string.Join(", ", lookup.Memberships.Select(membership => membership.Network))}");
                    Write($"   signals    {lookup.Signal.Host}:{lookup.Signal.Port}");
                    Write($"   servers    {step.LookedUp.ServerCount} that both sides can reach");
                    break;
                case InitiateSessionStreamResponse.StepOneofCase.Result:
                    return step.Result;
            }
        }

        throw new RpcException(new(StatusCode.Internal, "the gateway ended the stream without a session"));
    }

    private static void WriteSteps(DemoEnvironment environment, InitiateSessionResponse session)
    {
        // A socket of a gateway sends either PostKey or GetKey to a key server, and receives the answers to its requests.
        var conversations = environment.Recorded.GroupBy(datagram => (datagram.Path, datagram.Caller)).ToArray();
        var posts = conversations.Where(conversation => conversation.Key.Path.RaidaId is not null && IsPost(conversation)).ToLookup(
            conversation => (uint)conversation.Key.Path.RaidaId!.Value);
        var gets = conversations.Where(conversation => conversation.Key.Path.RaidaId is not null && !IsPost(conversation)).ToArray();

        WriteTitle(2, $"Post a key of {session.Key.Length} bytes in {session.Parts.Count} parts, each to a different key server, in parallel");
        foreach (var part in session.Parts)
        {
            Write($"   key server {part.RaidaId,2} at {part.Server.Host}:{part.Server.Port}, HS "
                + Convert.ToHexStringLower(part.KeyIdHash.Span));
            WriteDatagrams(posts[part.RaidaId].SelectMany(conversation => conversation));
        }

        WriteTitle(3, $"Signal {DemoEnvironment.Domain}: the locations of the parts, not their content");
        Write($"   receiver's gateway at {session.Endpoint.Host}:{session.Endpoint.Port}");
        WriteDatagrams(environment.Recorded.Where(datagram => datagram.Path == RecordedPath.Signal));
        Write($"   used parts {string.Join(", ", session.Parts.Where(part => part.Used).Select(part => part.Index))}");

        WriteTitle(4, "Meanwhile, the receiver's gateway collects the parts under its own coins");
        foreach (var conversation in gets)
        {
            Write($"   {conversation.Key.Path.Name}");
            WriteDatagrams(conversation);
        }
    }

    private static async Task<bool> SearchAsync(DemoEnvironment environment, InitiateSessionResponse session)
    {
        WriteTitle(6, "The third party saw every datagram and holds no coin");
        var eavesdropper = new Eavesdropper([.. environment.Recorded]);
        var paths = environment.Recorded.Select(datagram => datagram.Path).Distinct().Count();
        Write($"   saw        {eavesdropper.Datagrams} datagrams, {eavesdropper.Bytes} bytes, on {paths} paths");
        var answers = await eavesdropper.ReplayGetKeysAsync(environment.KeyServers);
        Write($"   sent       every Get Key again: {answers} answers, encrypted as before");
        var findsLocations = eavesdropper.FindsAllLocations(session.Parts);
        Write($"   found      {(findsLocations ? "the location of every part: the Signal carries them in the clear" : "not even the locations")}");
        var isFound = eavesdropper.Finds(session.Key.Span) || eavesdropper.Finds(session.DerivedKey.Span);
        Write($"   found      {(isFound ? "a piece of the key!" : $"no piece of the key with {Eavesdropper.PieceLength} bytes")}");

        // The locations are in the datagrams. If the search does not find them, it does not work.
        return isFound || !findsLocations;
    }

    private static int Compare(InitiateSessionResponse session, ClaimSessionResponse claimed, bool isFound)
    {
        var isSame = CryptographicOperations.FixedTimeEquals(session.Key.Span, claimed.Key.Span)
            && CryptographicOperations.FixedTimeEquals(session.DerivedKey.Span, claimed.DerivedKey.Span);
        WriteTitle(7, "Compare: SHA-256 of the key, first 8 bytes");
        Write($"   initiator  {Fingerprint(session.Key)}");
        Write($"   receiver   {Fingerprint(claimed.Key)}");
        Write(isSame ? "\nBoth sides hold the same key." : "\nThe keys differ.");
        Write(isFound ? "The third party found a piece of the key." : "The third party found no piece of the key.");
        return isSame && !isFound ? 0 : 1;
    }

    private static bool IsPost(IEnumerable<RecordedDatagram> conversation) =>
        conversation.Any(datagram => datagram is { IsRequest: true, Command: PostKeyCommand });

    private static string Fingerprint(ByteString key) =>
        Convert.ToHexStringLower(SHA256.HashData(key.Span).AsSpan(0, 8));

    private static void WriteDatagrams(IEnumerable<RecordedDatagram> datagrams)
    {
        foreach (var datagram in datagrams)
        {
            Write($"   {datagram.Describe()}");
        }
    }

    private static void WriteTitle(int step, string text) => Write($"\n{step}. {text}");

    private static void Write(string text) => Console.WriteLine(text);

    private static int Fail(string reason)
    {
        Console.Error.WriteLine($"The demonstration failed: {reason}");
        return 1;
    }
}
