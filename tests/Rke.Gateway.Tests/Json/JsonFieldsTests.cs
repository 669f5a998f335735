using System.Text;
using Rke.Gateway.Json;
using Rke.V1;

namespace Rke.Gateway.Tests.Json;

/// <summary>The check of JSON requests against the types of the protos.</summary>
public class JsonFieldsTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"network":6,"raidaId":14,"keyPart":"AAECAw==","coin":{"denomination":-1,"serialNumber":7}}""")]
    [InlineData("""{"raida_id":"14","key_start":null,"idempotency_key":"a\n\u00e9"}""")]
    [InlineData("""{"keyPart":"\/\/\/\/"}""")]
    public void A_valid_request_is_accepted(string text) => Assert.Null(JsonFields.FindProblem(Bytes(text), PostKeyRequest.Descriptor, ""));

    [Theory]
    [InlineData("""{"raidaID":1}""", "raidaID")]
    [InlineData("""{"coin":{"serial":1}}""", "coin.serial")]
    [InlineData("""{"coin":7}""", "coin")]
    [InlineData("""{"raidaId":-1}""", "raida_id")]
    [InlineData("""{"raidaId":4294967296}""", "raida_id")]
    [InlineData("""{"raidaId":1.5}""", "raida_id")]
    [InlineData("""{"raidaId":[1]}""", "raida_id")]
    [InlineData("""{"coin":{"denomination":2147483648}}""", "coin.denomination")]
    [InlineData("""{"keyPart":"AAECAw"}""", "key_part")]
    [InlineData("""{"keyPart":"_-__"}""", "key_part")]
    [InlineData("""{"keyPart":"\u005f\u005f\u005f\u005f"}""", "key_part")]
    [InlineData("""{"keyPart":[0,1,2,3]}""", "key_part")]
    [InlineData("""{"idempotencyKey":7}""", "idempotency_key")]
    [InlineData("""{"raidaId":1,"raida_id":1}""", "raida_id")]
    public void An_invalid_field_is_named(string text, string path) => Assert.Equal([path], PathsOf(text, PostKeyRequest.Descriptor));

    [Fact]
    public void All_invalid_fields_are_named() => Assert.Equal(
        ["parts[0].key_id_hash", "parts[1].server.hosts", "parts[2]", "more"],
        PathsOf(
            """{"parts":[{"keyIdHash":1},{"server":{"hosts":"x"}},7],"more":{"deep":[{}]}}""", SignalRequest.Descriptor));

    [Fact]
    public void Two_fields_of_a_oneof_are_refused() => Assert.Equal(
        ["endpoint"], PathsOf("""{"domain":"example.com","endpoint":{}}""", SignalRequest.Descriptor));

    [Theory]
    [InlineData("""{"states":["STATE_WAITING",2],"arrivedFrom":"2030-01-31T12:00:00Z"}""", new string[0])]
    [InlineData("""{"states":["WAITING",9],"arrivedFrom":"yesterday"}""", new[] { "states[0]", "states[1]", "arrived_from" })]
    [InlineData("""{"states":"STATE_WAITING","arrivedFrom":{}}""", new[] { "states", "arrived_from" })]
    public void Enums_and_times_are_checked(string text, string[] paths) =>
        Assert.Equal(paths, PathsOf(text, ListSessionsRequest.Descriptor));

    [Fact]
    public void A_part_of_a_request_has_the_path_of_the_request() => Assert.Equal(
        "session.preferences.net",
        JsonFields.FindProblem(Bytes("""{"preferences":{"net":1}}"""), InitiateSessionRequest.Descriptor, "session")!.BadFields[0].Path);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"idempotencyKey\":\"\\ud800\"}")]
    [InlineData("{\"idempotencyKey\":\"\\ud800\",")]
    public void A_text_that_is_no_object_is_unreadable(string text) => Assert.Equal(
        "MESSAGE_UNREADABLE", JsonFields.FindProblem(Bytes(text), PostKeyRequest.Descriptor, "")!.Reason);

    [Fact]
    public void Every_prefix_of_a_request_is_unreadable()
    {
        var text = Bytes("""{"raidaId":14,"keyPart":"AAECAw==","coin":{"serialNumber":7},"keyStart":1}""");
        for (var length = 0; length < text.Length; length++)
        {
            Assert.Equal("MESSAGE_UNREADABLE", JsonFields.FindProblem(text.AsSpan(0, length), PostKeyRequest.Descriptor, "")?.Reason);
        }
    }

    [Fact]
    public void Deep_and_invalid_bytes_are_unreadable()
    {
        Assert.NotNull(JsonFields.FindProblem(Bytes(new string('[', 10_000)), PostKeyRequest.Descriptor, ""));
        Assert.NotNull(JsonFields.FindProblem(Bytes("{\"x\":" + new string('[', 10_000)), PostKeyRequest.Descriptor, ""));
        Assert.NotNull(JsonFields.FindProblem([(byte)'{', 0xFF, (byte)'}'], PostKeyRequest.Descriptor, ""));
    }

    [Fact]
    public void An_error_has_no_value() => Assert.DoesNotContain(
        "c2VjcmV0", JsonFields.FindProblem(Bytes("""{"keyPart":"c2VjcmV0c2VjcmV0c","x":"c2VjcmV0"}"""), PostKeyRequest.Descriptor, "")!.ToString(),
        StringComparison.Ordinal);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string[] PathsOf(string text, Google.Protobuf.Reflection.MessageDescriptor type) =>
        [.. (JsonFields.FindProblem(Bytes(text), type, "")?.BadFields ?? []).Select(field => field.Path)];
}
