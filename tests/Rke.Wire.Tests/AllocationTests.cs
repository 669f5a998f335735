using System.Net;

namespace Rke.Wire.Tests;

/// <summary>Encoding, encryption and decoding do not allocate, for every command, profile and direction.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int WarmUp = 2_000;
    private const int Rounds = 500;

    private static readonly CoinCipher Cipher = new(AuthenticityNumber.Read("sixteen byte AN."u8));
    private static readonly byte[] Part = new byte[32];
    private static readonly byte[] Random = new byte[16 * 12 + 128];
    private static readonly byte[] Request = new byte[ProfileRules.MaxRequestLength];
    private static readonly byte[] Response = new byte[ProfileRules.MaxResponseLength];
    private static readonly byte[] Plain = new byte[ProfileRules.MaxResponseLength];
    private static readonly SignalPart[] Room = new SignalPart[16];
    private static readonly KeySlot[] SlotRoom = new KeySlot[16];
    private static readonly KeySlot[] Slots = [new(6, 3, default, default), new(6, 24, new(1, 2), default)];
    private static readonly byte[] Numbers = new byte[CoinKeys.NumbersLength];
    private static readonly IPAddress Sender = IPAddress.Parse("192.0.2.7");
    private static readonly IPEndPoint Service = new(Sender, 75);

    private static readonly SignalPart[] Parts =
        [new(default, new(IPAddress.Parse("192.0.2.1"), 50001)), new(default, new(IPAddress.Parse("2001:db8::1"), 50002))];

    public static TheoryData<WireProfile, WireCommand> Commands => StatusTests.Commands;

    [Theory, MemberData(nameof(Commands))]
    public void Encoding_encryption_and_decoding_do_not_allocate(WireProfile profile, WireCommand command)
    {
        for (var round = 0; round < WarmUp; round++)
        {
            Exchange(profile, command, (ulong)round);
        }

        // The runtime itself can allocate on this thread, for example for a lock. One run without allocation is
        // sufficient.
        var minimum = long.MaxValue;
        for (var attempt = 0; attempt < 5 && minimum > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < Rounds; round++)
            {
                Exchange(profile, command, (ulong)round);
            }

            minimum = Math.Min(minimum, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, minimum);
    }

    private static void Exchange(WireProfile profile, WireCommand command, ulong round)
    {
        switch (command)
        {
            case WireCommand.PostKey:
                var part = Part.AsSpan();
                var id = KeyId.Read(Random);
                Check(PostKeyPayload.TryCreate(profile, id, default, 7, part, Random.AsSpan(0, 128), out var post, out _));
                Exchange(profile, round, post, default(NoPayload), Cipher);
                break;
            case WireCommand.GetKey:
                Exchange(
                    profile,
                    round,
                    new GetKeyPayload(KeyIdHash.Read(Random)),
                    new GetKeyAnswer(KeyId.Read(Random), new(1, 2), Sender, Part),
                    Cipher);
                break;
            case WireCommand.Signal:
                Check(SignalPayload.TryCreate(Parts, Random, out var signal, out _));
                Exchange(profile, round, signal, new SignalAnswer(3), null);
                break;
            case WireCommand.NameLookup:
                Check(NameLookupPayload.TryCreate(profile, NameRecordType.Srv, "www.example.com"u8, out var question, out _));
                Exchange(profile, round, question, NameLookupAnswer.OfService(Service), Cipher);
                break;
            case WireCommand.ExchangeKeys:
                Check(ExchangeKeysPayload.TryCreate(CacheableKeyId.Read(Random), Slots, out var exchange, out _));
                Exchange(profile, round, exchange, default(NoPayload), null);
                break;
            case WireCommand.FreeAccount:
                Exchange(profile, round, new FreeAccountPayload(new(1, 2)), new AccountAnswer(command, default), null);
                break;
            case WireCommand.PaidAccount:
                Exchange(
                    profile, round, new PaidAccountPayload(new(1, 2), new(1, 3), Numbers), new AccountAnswer(command, default), null);
                break;
            default:
                Exchange(profile, round, default(EchoPayload), default(NoPayload), Cipher);
                break;
        }
    }

    private static void Exchange<TRequest, TAnswer>(
        WireProfile profile, ulong round, in TRequest payload, in TAnswer answer, CoinCipher? cipher)
        where TRequest : IPayload, allows ref struct
        where TAnswer : IPayload, allows ref struct
    {
        var raida = RequestHeader.IsForReceiver(payload.Command) ? (byte)0 : (byte)14;
        var address = new RequestAddress(profile, 6, raida, new(1, 1000));
        var nonce = new Nonce(round);
        var challenge = Challenge.Create(Random);
        var length = RequestFrame.Write(Request, address, nonce, challenge, payload, cipher);
        var expected = ExpectedResponse.To(address, payload.Command, nonce, challenge, cipher, length);

        Check(RequestFrame.TryRead(profile, Request.AsSpan(0, length), out var request, out _));
        Check(request.TryOpen(cipher, Plain, out var opened, out var plain, out _));
        ReadRequest(profile, payload.Command, plain);
        var isEmpty = typeof(TAnswer) == typeof(NoPayload);
        var status = WireStatuses.Encode(profile, payload.Command, WireStatus.Success);
        length = isEmpty
            ? ResponseFrame.WriteStatus(
                Response, profile, request.Header, raida, status.Status, false, opened, 1, true, cipher)
            : ResponseFrame.Write(Response, request, opened, 1, answer, ResponseIv.Continued, cipher);

        var verdict = ResponseFrame.Examine(expected, Response.AsSpan(0, length), out var response, out _);
        Check(verdict == ResponseVerdict.Believed);
        if (!isEmpty)
        {
            ReadAnswer(profile, payload.Command, response.Open(expected, ResponseIv.Continued, cipher, Plain));
        }
    }

    private static void ReadRequest(WireProfile profile, WireCommand command, ReadOnlySpan<byte> plain) =>
        Check(command switch
        {
            WireCommand.PostKey => PostKeyPayload.TryRead(profile, plain, out _, out _),
            WireCommand.GetKey => GetKeyPayload.TryRead(profile, plain, out _, out _),
            WireCommand.Signal => SignalPayload.TryRead(plain, Room, out _, out _),
            WireCommand.NameLookup => NameLookupPayload.TryRead(profile, plain, out _, out _),
            WireCommand.ExchangeKeys => ExchangeKeysPayload.TryRead(plain, SlotRoom, out _, out _),
            WireCommand.FreeAccount => FreeAccountPayload.TryRead(plain, out _, out _),
            WireCommand.PaidAccount => PaidAccountPayload.TryRead(plain, out _, out _),
            _ => plain.IsEmpty,
        });

    private static void ReadAnswer(WireProfile profile, WireCommand command, ReadOnlySpan<byte> plain) =>
        Check(command switch
        {
            WireCommand.GetKey => GetKeyAnswer.TryRead(profile, plain, out _, out _),
            WireCommand.Signal => SignalAnswer.TryRead(plain, 2, out _, out _),
            WireCommand.NameLookup => NameLookupAnswer.TryRead(profile, NameRecordType.Srv, plain, out _, out _),
            WireCommand.FreeAccount or WireCommand.PaidAccount => AccountAnswer.TryRead(command, plain, out _, out _),
            _ => plain.IsEmpty,
        });

    private static void Check(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("The exchange failed.");
        }
    }

    private readonly struct NoPayload : IPayload
    {
        public WireCommand Command => WireCommand.Echo;

        public int Measure(WireProfile profile) => 0;

        public void Write(WireProfile profile, Span<byte> destination)
        {
        }
    }
}
