using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

public class FrameDecodeTests
{
    private const string CaptureNumber = "101112131415161718191a1b1c1d1e1f";

    public static TheoryData<string> Names => [.. Vectors.Wire.Concat(Vectors.Optional).Select(vector => vector!.Text("name"))];

    public static TheoryData<int> Captures => [.. Enumerable.Range(0, Vectors.Captures.Count)];

    [Theory, MemberData(nameof(Names))]
    public async Task Decodes_a_request(string name)
    {
        var vector = Vectors.Named(name);
        var number = (string?)vector["authenticity_number"] ?? "";
        var run = await Rkectl.RunAsync(
            "", [("RKECTL_AN", number)], "frame", "decode", vector.Text("request"), "--json");
        var report = run.Expect(0).OutJson;
        Assert.Equal("request", report.Text("kind"));
        Assert.Equal(vector.Text("profile"), report.Text("profile"));
        Assert.Equal(vector.Text("command"), report.Text("command"));
        Assert.Equal("valid", report.Text("verdict"));
        Assert.Equal($"{vector["raida"]}", Meaning(report, "RAIDA id"));
        Assert.Equal("matches", Meaning(report, "challenge CRC-32"));
        AssertComplete(report, vector.Text("request").Length / 2);
        if (vector["key_part"] is not null)
        {
            Assert.DoesNotContain(vector.Text("key_part"), run.Out);
        }

        if (vector["key_start"] is { } start)
        {
            Assert.Contains($" {start} ", Meaning(report, "KS"));
        }

        if (vector["slots"] is JsonArray slots)
        {
            Assert.Equal($"{slots.Count} slots are used", Meaning(report, "empty slots"));
            for (var index = 0; index < slots.Count; index++)
            {
                Assert.Equal($"network {slots[index]!["network"]}", Meaning(report, $"slot {index} CO"));
                Assert.Equal($"RAIDA id {slots[index]!["raida"]}", Meaning(report, $"slot {index} DA"));
            }
        }

        if (vector["new_serial_number"] is { } account)
        {
            Assert.Equal($"{account}", Meaning(report, "new SN"));
            Assert.Equal("matches", Meaning(report, "CC"));
        }

        if (vector["paying_authenticity_numbers"] is not null)
        {
            Assert.DoesNotContain(vector.Text("paying_authenticity_numbers"), run.Out);
        }

        if (vector["parts"] is JsonArray parts)
        {
            Assert.Equal($"{parts.Count} parts", Meaning(report, "NU"));
            for (var index = 0; index < parts.Count; index++)
            {
                Assert.Equal(parts[index]!.Text("address"), Meaning(report, $"part {index} address"));
                Assert.Equal($"{parts[index]!["port"]}", Meaning(report, $"part {index} port"));
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Decodes_a_response(string name)
    {
        var vector = Vectors.Named(name);
        var number = (string?)vector["authenticity_number"] ?? "";
        var run = await Rkectl.RunAsync(
            "",
            [("RKECTL_AN", number)],
            "frame", "decode", vector.Text("response"), "--json", "--profile", vector.Text("profile"), "--request-frame",
            vector.Text("request"), "--show-secrets");
        var report = run.Expect(0).OutJson;
        Assert.Equal("response", report.Text("kind"));
        Assert.Equal(vector.Text("command"), report.Text("command"));
        Assert.Equal("accepted", report.Text("verdict"));
        var status = (vector.Text("command"), (int)vector["status"]!) switch
        {
            ("exchange_keys", 2) => "keys partly collected",
            ("exchange_keys", 3) => "key resumed",
            _ => "success",
        };
        Assert.EndsWith(status, Meaning(report, "status"));
        Assert.Equal("matches the request's challenge", Meaning(report, "signature"));
        AssertComplete(report, vector.Text("response").Length / 2);
        if (vector.Text("command") == "get_key")
        {
            Assert.Equal(vector.Text("key_part"), Field(report, "key part").Text("bytes"));
            Assert.Equal($"{vector["sender_serial_number"]}", Meaning(report, "sender's SN"));
        }

        if (vector["new_authenticity_number"] is not null)
        {
            Assert.Equal(vector.Text("new_authenticity_number"), Field(report, "authenticity number").Text("bytes"));
        }

        if (vector["slots"] is not null && vector["used"] is JsonArray collected)
        {
            var slots = Enumerable.Range(0, collected.Count).Where(index => (bool)collected[index]!);
            Assert.Equal($"slots {string.Join(", ", slots)}", Meaning(report, "collected parts"));
        }
        else if (vector["used"] is JsonArray used)
        {
            Assert.All(
                used,
                (flag, index) => Assert.Equal((bool)flag! ? "used" : "not used", Meaning(report, $"part {index}")));
        }
    }

    [Theory, MemberData(nameof(Captures))]
    public async Task Decodes_a_capture(int index)
    {
        var capture = Vectors.Captures[index]!;
        var iv = capture.Text("name").Contains("continued", StringComparison.Ordinal) ? "continued" : "same";
        var run = await Rkectl.RunAsync(
            "frame", "decode", "--an", CaptureNumber, "--request-frame", capture.Text("request"), "--response-iv", iv, "--json",
            "--show-secrets", capture.Text("response"));
        var report = run.Expect(0).OutJson;
        Assert.Equal(("raidax", "accepted"), (report.Text("profile"), report.Text("verdict")));
        if (capture["payload"] is not null)
        {
            Assert.Equal(capture.Text("payload")[10..], Field(report, "key part").Text("bytes"));
        }

        run = await Rkectl.RunAsync(
            "frame", "decode", "--an", CaptureNumber, "--profile", "raidax", capture.Text("request"));
        Assert.Contains(": valid\n", run.Expect(0).Out);
    }

    [Fact]
    public async Task Key_parts_are_shown_only_with_show_secrets()
    {
        var vector = Vectors.Named("rke-post_key-3");
        string[] decode = ["frame", "decode", vector.Text("request"), "--an", vector.Text("authenticity_number")];
        var run = await Rkectl.RunAsync(decode);
        Assert.Contains("(secret)", run.Expect(0).Out);
        Assert.DoesNotContain(vector.Text("key_part")[..16], run.Out);
        run = await Rkectl.RunAsync([.. decode, "--show-secrets"]);
        Assert.Contains(vector.Text("key_part"), run.Expect(0).Out);
        Assert.DoesNotContain(vector.Text("authenticity_number"), run.Out);
    }

    [Fact]
    public async Task Without_the_authenticity_number_the_body_is_not_decrypted()
    {
        var vector = Vectors.Named("rke-get_key-6");
        var run = await Rkectl.RunAsync("frame", "decode", vector.Text("request"));
        Assert.Contains("encrypted", run.Expect(0).Out);
        Assert.Contains("Give --an-file, --keys or RKECTL_AN to decrypt the body.", run.Out);
        run = await Rkectl.RunAsync("frame", "decode", vector.Text("response"));
        Assert.Contains("Give --request-frame", run.Expect(0).Out);
    }

    [Fact]
    public async Task A_wrong_authenticity_number_is_reported()
    {
        var vector = Vectors.Named("rke-get_key-6");
        var run = await Rkectl.RunAsync("frame", "decode", vector.Text("request"), "--an", CaptureNumber);
        Assert.Contains("usually a wrong authenticity number", run.Expect(3).Out);
    }

    [Fact]
    public async Task A_frame_is_read_from_a_file_in_hex_or_bytes_or_from_standard_input()
    {
        using var folder = new TemporaryFolder();
        var vector = Vectors.Named("rke-echo-0");
        var bytes = Convert.FromHexString(vector.Text("request"));
        var raw = folder.Write("raw", bytes);
        var hex = folder.Write(
            "hex", System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(bytes).Insert(10, " \n")));
        var number = folder.Write(
            "number", System.Text.Encoding.ASCII.GetBytes(vector.Text("authenticity_number") + "\n"));
        foreach (var file in (string[])[raw, hex])
        {
            var run = await Rkectl.RunAsync("frame", "decode", "--file", file, "--an-file", number);
            Assert.StartsWith("request, rke profile, echo, 50 bytes: valid\n", run.Expect(0).Out);
        }

        var piped = await Rkectl.RunAsync(vector.Text("request"), [], "frame", "decode");
        Assert.StartsWith("request, rke profile, echo, 50 bytes", piped.Expect(0).Out);
    }

    [Fact]
    public async Task The_authenticity_number_is_read_from_a_key_file()
    {
        using var folder = new TemporaryFolder();
        var vector = Vectors.Named("raidax-post_key-15");
        var coin = new Wire.CoinId((sbyte)vector["denomination"]!, (uint)vector["serial_number"]!);
        var numbers = new byte[400];
        Convert.FromHexString(vector.Text("authenticity_number")).CopyTo(numbers, (int)vector["raida"]! * 16);
        using var keys = Wire.CoinKeys.Create(coin, numbers);
        var file = folder.Write("keys", Wire.KeyFile.WriteFormat9(6, [keys]));
        var run = await Rkectl.RunAsync("frame", "decode", vector.Text("request"), "--keys", file);
        Assert.StartsWith("request, raidax profile, post_key, 217 bytes: valid\n", run.Expect(0).Out);
        run = await Rkectl.RunAsync("frame", "decode", Vectors.Named("rke-echo-0").Text("request"), "--keys", file);
        Assert.Contains("does not contain the frame's coin", run.Expect(3).Error);
    }

    [Theory]
    [InlineData(0, "02", "routing version")]
    [InlineData(2, "19", "RAIDA id")]
    [InlineData(8, "00", "presentation")]
    [InlineData(22, "01", "body length")]
    [InlineData(48, "00", "trailer")]
    public async Task A_wrong_byte_is_reported_at_its_field(int offset, string value, string field)
    {
        var frame = Vectors.Named("rke-echo-0").Text("request").Remove(offset * 2, 2).Insert(offset * 2, value);
        var run = await Rkectl.RunAsync("frame", "decode", frame, "--request", "--profile", "rke", "--json");
        Assert.NotNull(Field(run.Expect(3).OutJson, field)["problem"]);
        Assert.NotEmpty(run.OutJson["problems"]!.AsArray());
    }

    [Fact]
    public async Task A_truncated_frame_is_decoded_up_to_its_end()
    {
        var vector = Vectors.Named("rke-get_key-7");
        foreach (var field in (string[])["request", "response"])
        {
            foreach (var length in (int[])[0, 1, 5, 16, 31, 32, 33, 48, 65])
            {
                var run = await Rkectl.RunAsync(
                    vector.Text(field)[..(length * 2)], [("RKECTL_AN", vector.Text("authenticity_number"))], "frame", "decode", $"--{field}",
                    "--json");
                Assert.NotEmpty(run.Expect(3).OutJson["problems"]!.AsArray());
                AssertComplete(run.OutJson, length);
            }
        }
    }

    [Theory]
    [InlineData("xyz")]
    [InlineData("012")]
    public async Task Text_that_is_not_hex_is_rejected(string text)
    {
        var run = await Rkectl.RunAsync("frame", "decode", text);
        Assert.Contains("not hexadecimal", run.Expect(2).Error);
    }

    [Fact]
    public async Task An_unsigned_error_is_a_hint()
    {
        var vector = Vectors.Named("rke-get_key-6");
        var response = vector.Text("response")[..64].Remove(4, 4).Insert(4, "0c04").Remove(18, 6).Insert(18, "000000");
        var run = await Rkectl.RunAsync(
            "frame", "decode", response[..32] + new string('0', 32), "--request-frame", vector.Text("request"), "--an",
            vector.Text("authenticity_number"), "--json");
        Assert.StartsWith("hint:", run.Expect(3).OutJson.Text("verdict"));
        Assert.EndsWith("key not found", Meaning(run.OutJson, "status"));
        run = await Rkectl.RunAsync(
            "frame", "decode", response, "--request-frame", vector.Text("request"), "--an",
            vector.Text("authenticity_number"), "--json");
        Assert.Equal("accepted", run.Expect(0).OutJson.Text("verdict"));
    }

    private static JsonNode Field(JsonNode report, string name) =>
        report["fields"]!.AsArray().First(field => field!.Text("name") == name)!;

    private static string Meaning(JsonNode report, string name) => Field(report, name).Text("meaning");

    /// <summary>Checks that each byte is in one field, in order.</summary>
    private static void AssertComplete(JsonNode report, int length)
    {
        var offset = 0;
        foreach (var field in report["fields"]!.AsArray())
        {
            Assert.Equal(offset, (int)field!["offset"]!);
            offset += (int)field["length"]!;
        }

        Assert.Equal(length, offset);
    }
}
