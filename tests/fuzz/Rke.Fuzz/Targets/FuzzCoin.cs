using System.Text.Json.Nodes;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>The coin of all encrypted frames, and the frames of tests/vectors/wire.json with plain bodies.</summary>
internal static class FuzzCoin
{
    public static CoinCipher Cipher { get; } = new(AuthenticityNumber.Read("fuzzed coin, AN."u8));

    /// <summary>
    /// The requests of a profile. Their bodies are not encrypted, although their headers say so. The targets encrypt them.
    /// </summary>
    public static IEnumerable<byte[]> Requests(WireProfile profile) => Vectors(profile).Select(vector => Plain(vector).Request);

    /// <summary>The responses of a profile and their commands, with plain bodies.</summary>
    public static IEnumerable<(WireCommand Command, bool IsEncrypted, byte[] Datagram)> Responses(WireProfile profile) =>
        Vectors(profile).Select(Plain).Select(plain => (plain.Command, plain.IsEncrypted, plain.Response));

    private static (WireCommand Command, bool IsEncrypted, byte[] Request, byte[] Response) Plain(JsonObject vector)
    {
        var profile = Enum.Parse<WireProfile>((string)vector["profile"]!, ignoreCase: true);
        using var cipher = (string?)vector["authenticity_number"] is { } number
            ? new CoinCipher(AuthenticityNumber.Read(Convert.FromHexString(number)))
            : null;
        var request = Convert.FromHexString((string)vector["request"]!);
        var response = Convert.FromHexString((string)vector["response"]!);
        if (!RequestFrame.TryRead(profile, request, out var frame, out _)
            || !frame.TryOpen(cipher, new byte[request.Length], out var challenge, out var payload, out _)
            || !ResponseFrame.TryRead(profile, response, out var answer, out _))
        {
            throw new InvalidDataException($"The vector {vector["name"]} is invalid.");
        }

        var (command, header) = (frame.Command, frame.Header);
        var expected = ExpectedResponse.To(
            new(profile, header.Network, header.RaidaId, header.Coin), command, header.Nonce, challenge, cipher, request.Length);
        var plain = answer.Open(expected, ResponseIv.Same, cipher, new byte[response.Length]).ToArray();
        payload.ToArray().CopyTo(request, RequestHeader.Length + Challenge.Length);
        plain.CopyTo(response, ResponseHeader.Length);
        return (command, cipher is not null, request, response);
    }

    private static IEnumerable<JsonObject> Vectors(WireProfile profile) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "wire.json")))!["vectors"]!.AsArray()
            .Select(vector => vector!.AsObject())
            .Where(vector => string.Equals((string)vector["profile"]!, profile.ToString(), StringComparison.OrdinalIgnoreCase));
}
