namespace Rke.Wire.Tests;

/// <summary>Writes and reads the independent frames of tests/vectors, byte for byte.</summary>
public class VectorTests
{
    public static TheoryData<string> Names => [.. VectorFile.Wire.Concat(VectorFile.Optional).Select(vector => (string)vector["name"]!)];

    [Theory, MemberData(nameof(Names))]
    public void A_request_is_written_byte_for_byte(string name)
    {
        var vector = new Vector(name);
        Assert.Equal(vector.Hex("request"), vector.WriteRequest());
    }

    [Theory, MemberData(nameof(Names))]
    public void A_response_is_written_byte_for_byte(string name)
    {
        var vector = new Vector(name);
        Assert.Equal(vector.Hex("response"), vector.WriteResponse());
    }

    [Theory, MemberData(nameof(Names))]
    public void A_response_is_accepted(string name)
    {
        var vector = new Vector(name);
        var verdict = ResponseFrame.Examine(vector.Expected, vector.Hex("response"), out var frame, out var error);
        Assert.Equal(ResponseVerdict.Believed, verdict);
        Assert.Equal(WireError.None, error);
        Assert.Equal((uint)vector.Json["execution_time_ns"]!, frame.Header.ExecutionTime);
        var status = (vector.Command, (int)vector.Json["status"]!) switch
        {
            (WireCommand.ExchangeKeys, 2) => WireStatus.KeysPartlyCollected,
            (WireCommand.ExchangeKeys, 3) => WireStatus.KeyResumed,
            _ => WireStatus.Success,
        };
        Assert.Equal(
            status,
            WireStatuses.Interpret(vector.Profile, vector.Command, frame.IsHeaderError, frame.Header.Status));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_request_decrypts_to_its_inputs(string name)
    {
        var vector = new Vector(name);
        Assert.True(
            RequestFrame.TryRead(vector.Profile, vector.Hex("request"), out var frame, out var error), $"{error}");
        Assert.Equal(vector.Command, frame.Command);
        var plain = new byte[frame.SealedBody.Length];
        Assert.True(frame.TryOpen(vector.Cipher, plain, out var challenge, out var payload, out error), $"{error}");
        Assert.Equal(vector.Challenge, challenge);
        switch (vector.Command)
        {
            case WireCommand.PostKey:
                Assert.True(PostKeyPayload.TryRead(vector.Profile, payload, out var post, out error), $"{error}");
                Assert.Equal(vector.Hex("key_part"), post.KeyPart);
                Assert.Equal(vector.Hex("padding"), post.Padding);
                Assert.Equal(vector.KeyId.Hash(), post.Hash);
                break;
            case WireCommand.GetKey:
                Assert.True(GetKeyPayload.TryRead(vector.Profile, payload, out var get, out error), $"{error}");
                Assert.Equal(KeyIdHash.Read(vector.Hex("key_id_hash")), get.Hash);
                break;
            case WireCommand.Signal:
                Assert.True(SignalPayload.TryRead(payload, new SignalPart[16], out var signal, out error), $"{error}");
                Assert.Equal(vector.Parts, signal.Parts);
                break;
            case WireCommand.ExchangeKeys:
                Assert.True(ExchangeKeysPayload.TryRead(payload, new KeySlot[16], out var exchange, out error), $"{error}");
                Assert.Equal(vector.CacheableId, exchange.CacheableId);
                Assert.Equal(vector.Slots, exchange.Slots);
                break;
            case WireCommand.FreeAccount:
                Assert.True(FreeAccountPayload.TryRead(payload, out var free, out error), $"{error}");
                Assert.Equal(vector.Proposed, free.Proposed);
                break;
            case WireCommand.PaidAccount:
                Assert.True(PaidAccountPayload.TryRead(payload, out var paid, out error), $"{error}");
                Assert.Equal((vector.Paying, vector.Proposed), (paid.Paying, paid.Proposed));
                Assert.Equal(vector.Hex("paying_authenticity_numbers"), paid.Numbers);
                break;
            default:
                Assert.True(payload.IsEmpty);
                break;
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_response_decrypts_to_its_payload(string name)
    {
        var vector = new Vector(name);
        Assert.Equal(
            ResponseVerdict.Believed,
            ResponseFrame.Examine(vector.Expected, vector.Hex("response"), out var frame, out _));
        var payload = frame.Open(vector.Expected, ResponseIv.Same, vector.Cipher, new byte[frame.SealedPayload.Length]);
        if (vector.Command == WireCommand.GetKey)
        {
            Assert.True(GetKeyAnswer.TryRead(vector.Profile, payload, out var answer, out var error), $"{error}");
            Assert.Equal(vector.Hex("key_part"), answer.KeyPart);
            Assert.Equal(vector.Sender, answer.Sender);
            Assert.Equal(vector.Profile == WireProfile.Rke ? vector.SenderAddress : null, answer.SenderAddress);
        }
        else if (vector.Command == WireCommand.Signal)
        {
            Assert.True(SignalAnswer.TryRead(payload, vector.Parts.Length, out var answer, out var error), $"{error}");
            Assert.Equal(vector.Used, answer);
        }
        else if (vector.Command is WireCommand.FreeAccount or WireCommand.PaidAccount)
        {
            Assert.True(AccountAnswer.TryRead(vector.Command, payload, out var answer, out var error), $"{error}");
            Assert.Equal(vector.Account, answer);
        }
        else if (vector.Json["used"] is not null)
        {
            Assert.True(ExchangeKeysAnswer.TryRead(payload, vector.Slots.Length, out var answer, out var error), $"{error}");
            Assert.Equal(vector.Used.Used, answer.Used);
        }
        else
        {
            Assert.True(payload.IsEmpty);
        }
    }
}
