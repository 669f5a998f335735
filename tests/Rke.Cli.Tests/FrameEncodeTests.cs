using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

public class FrameEncodeTests
{
    [Fact]
    public async Task Prints_a_line_for_every_vector_of_a_file()
    {
        var run = await Rkectl.RunAsync("frame", "encode", Vectors.WirePath);
        Assert.Equal((0, Vectors.Lines, ""), (run.ExitCode, run.Out, run.Error));
    }

    [Fact]
    public async Task Encodes_the_optional_commands()
    {
        var lines = string.Concat(Vectors.Optional.Select(vector => $"{vector!["name"]} {vector["request"]}\n"));
        var run = await Rkectl.RunAsync("frame", "encode", Vectors.OptionalPath);
        Assert.Equal((0, lines, ""), (run.ExitCode, run.Out, run.Error));
    }

    [Fact]
    public async Task Errors_in_optional_commands_name_vector_and_field()
    {
        var exchange = Vectors.Named("rke-exchange_keys-1");
        var wrongSlot = exchange.With("name", "wrong slot");
        wrongSlot["slots"]![1]!["network"] = 0;
        wrongSlot["slots"]![2]!["raida"] = 25;
        wrongSlot["slots"]![3]!["key_id"] = "00";
        var vectors = new JsonArray(
            wrongSlot,
            exchange.With("name", "no slots").With("cacheable_key_id", null).With("slots", new JsonArray()),
            Vectors.Named("rke-free_account-4").With("name", "other profile").With("profile", "raidax"),
            Vectors.Named("rke-free_account-4").With("name", "secret account").With("authenticity_number", new string('0', 32))
                .With("denomination", 1).With("serial_number", 1),
            Vectors.Named("rke-paid_account-7").With("name", "wrong numbers").With("paying_authenticity_numbers", "00"));
        var run = await Rkectl.RunAsync(vectors.ToJsonString(), [], "frame", "encode", "--json");
        Assert.Equal(
            [
                "wrong slot.slots[1].network",
                "wrong slot.slots[2].raida",
                "wrong slot.slots[3].key_id",
                "no slots.slots",
                "other profile.command",
                "secret account.authenticity_number",
                "wrong numbers.paying_authenticity_numbers",
            ],
            run.Expect(3).ErrorJson["fields"]!.AsArray().Select(field => (string)field!["field"]!));
    }

    [Fact]
    public async Task Prints_a_line_for_every_vector_of_standard_input()
    {
        var text = await File.ReadAllTextAsync(Vectors.WirePath, TestContext.Current.CancellationToken);
        foreach (var arguments in (string[][])[["frame", "encode"], ["frame", "encode", "-"]])
        {
            var run = await Rkectl.RunAsync(text, [], arguments);
            Assert.Equal((0, Vectors.Lines, ""), (run.ExitCode, run.Out, run.Error));
        }
    }

    [Fact]
    public async Task The_frames_in_a_vector_are_not_read()
    {
        var vectors = new JsonArray([.. Vectors.Wire.Select(vector =>
            vector!.AsObject()
                .With("request", "nonsense").With("response", null).With("status", null).With("used", null))]);
        var run = await Rkectl.RunAsync(new JsonObject { ["vectors"] = vectors }.ToJsonString(), [], "frame", "encode");
        Assert.Equal((0, Vectors.Lines), (run.ExitCode, run.Out));
    }

    [Fact]
    public async Task The_input_can_be_an_array_or_one_vector()
    {
        var run = await Rkectl.RunAsync(Vectors.Wire.ToJsonString(), [], "frame", "encode");
        Assert.Equal(Vectors.Lines, run.Expect(0).Out);
        run = await Rkectl.RunAsync("\uFEFF" + Vectors.Wire[0]!.ToJsonString(), [], "frame", "encode");
        Assert.Equal(Vectors.Lines[..(Vectors.Lines.IndexOf('\n') + 1)], run.Expect(0).Out);
    }

    [Fact]
    public async Task Json_has_the_same_frames()
    {
        var run = await Rkectl.RunAsync("frame", "encode", Vectors.WirePath, "--json");
        var lines = run.Expect(0).OutJson["frames"]!.AsArray()
            .Select(frame => $"{frame!["name"]} {frame["request"]}\n");
        Assert.Equal(Vectors.Lines, string.Concat(lines));
    }

    [Fact]
    public async Task Encodes_a_name_lookup()
    {
        var vector = Vectors.Named("rke-echo-0").With("command", "name_lookup")
            .With("record_type", "TXT").With("domain", "raida.example.com").With("name", "lookup");
        var run = await Rkectl.RunAsync(vector.ToJsonString(), [], "frame", "encode");
        var hex = run.Expect(0).Out.Trim().Split(' ')[1];
        run = await Rkectl.RunAsync(
            "", [("RKECTL_AN", vector.Text("authenticity_number"))], "frame", "decode", hex);
        Assert.Contains("raida.example.com", run.Expect(0).Out);
        Assert.Contains("TXT", run.Out);
    }

    [Fact]
    public async Task Every_error_names_vector_and_field_and_no_frame_is_printed()
    {
        var post = Vectors.Named("rke-post_key-3");
        var signal = Vectors.Named("rke-signal-9");
        var wrongPart = signal.With("name", "wrong part");
        wrongPart["parts"]![1]!["port"] = 65536;
        wrongPart["parts"]![2]!["fill"] = "00";
        wrongPart["parts"]![3]!["address"] = "localhost";
        var vectors = new JsonArray(
            post.DeepClone(),
            post.With("name", "wrong id").With("key_id", "abc"),
            post.With("name", "wrong place").With("key_start", 113),
            post.With("name", "wrong part length").With("key_part", "0011223344"),
            post.With("name", "no padding").With("padding", null),
            post.With("name", "wrong numbers")
                .With("raida", 25).With("network", 65536).With("denomination", 128).With("serial_number", -1),
            post.With("name", "wrong words").With("profile", "rki").With("command", "post"),
            Vectors.Named("rke-get_key-6").With("name", "wrong hash").With("key_id_hash", new string('0', 32)),
            wrongPart,
            signal.With("name", "no parts").With("parts", new JsonArray()),
            signal.With("name", "secret signal").With("authenticity_number", new string('0', 32)),
            signal.With("name", null),
            JsonValue.Create("text"));
        var run = await Rkectl.RunAsync(vectors.ToJsonString(), [], "frame", "encode", "--json");
        Assert.Equal("", run.Expect(3).Out);
        Assert.Equal(
            [
                "wrong id.key_id",
                "wrong place.key_start",
                "wrong part length.key_part",
                "no padding.padding",
                "wrong numbers.network",
                "wrong numbers.raida",
                "wrong numbers.denomination",
                "wrong numbers.serial_number",
                "wrong words.profile",
                "wrong words.command",
                "wrong hash.key_id_hash",
                "wrong part.parts[1].port",
                "wrong part.parts[2].fill",
                "wrong part.parts[3].address",
                "no parts.parts",
                "secret signal.authenticity_number",
                "secret signal.denomination",
                "secret signal.serial_number",
                "vectors[11].name",
                "vectors[12]",
            ],
            run.ErrorJson["fields"]!.AsArray().Select(field => (string)field!["field"]!).Distinct());

        run = await Rkectl.RunAsync(vectors.ToJsonString(), [], "frame", "encode");
        Assert.Contains("wrong id.key_id: must be 16 bytes in hexadecimal digits.", run.Expect(3).Error);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("{}", "no vectors")]
    [InlineData("7", "no vectors")]
    public async Task Input_without_vectors_is_rejected(string input, string reason)
    {
        var run = await Rkectl.RunAsync(input, [], "frame", "encode");
        Assert.Contains(reason, run.Expect(3).Error);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var run = await Rkectl.RunAsync("frame", "encode", "no such file.json");
        Assert.Contains("There is no file 'no such file.json'.", run.Expect(2).Error);
    }
}
