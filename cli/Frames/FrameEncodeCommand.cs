using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary><c>rkectl frame encode</c> encodes the request frames of vectors.</summary>
internal static class FrameEncodeCommand
{
    private const int MaxInputLength = 64 * 1024 * 1024;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var path = new Argument<string>("file")
        {
            Description = "A JSON file in the format of tests/vectors/wire.json. '-' or nothing = standard input.",
            DefaultValueFactory = _ => "-",
        };
        var command = new Command(
            "encode", "Print the request frame of each vector, as a line 'name hex'.") { path };
        command.SetAction(parsed =>
        {
            var frames = Encode(InputFile.Read(parsed.GetRequiredValue(path), terminal, MaxInputLength));
            if (parsed.GetValue(json))
            {
                var list = new JsonArray([.. frames.Select(frame =>
                    new JsonObject { ["name"] = frame.Name, ["request"] = HexText.Of(frame.Bytes) })]);
                terminal.Out.WriteLine(JsonText.Write(new JsonObject { ["frames"] = list }));
                return (int)ExitCode.Ok;
            }

            foreach (var (name, bytes) in frames)
            {
                terminal.Out.WriteLine($"{name} {HexText.Of(bytes)}");
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static List<(string Name, byte[] Bytes)> Encode(byte[] input)
    {
        var frames = new List<(string, byte[])>();
        var errors = new List<FieldFailure>();
        using var document = Parse(input);
        var index = 0;
        foreach (var element in Vectors(document.RootElement))
        {
            var vector = new VectorReader(element, index++, errors);
            if (VectorEncoder.TryEncode(vector, out var bytes))
            {
                frames.Add((vector.Name, bytes));
            }
        }

        return errors.Count == 0 ? frames : throw new FailureException(
            new Failure(ExitCode.Invalid, "No frame was encoded, because the vectors have errors.") { Fields = errors });
    }

    private static JsonDocument Parse(byte[] input)
    {
        try
        {
            var text = input.AsMemory();
            return JsonDocument.Parse(text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text);
        }
        catch (JsonException exception)
        {
            throw new FailureException(ExitCode.Invalid, $"The input is not JSON: {exception.Message}");
        }
    }

    /// <summary>The input is an object with an array "vectors", that array, or one vector.</summary>
    private static IEnumerable<JsonElement> Vectors(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Array => root.EnumerateArray(),
        JsonValueKind.Object
            when root.TryGetProperty("vectors", out var list) && list.ValueKind == JsonValueKind.Array =>
            list.EnumerateArray(),
        JsonValueKind.Object when root.TryGetProperty("command", out _) => [root],
        _ => throw new FailureException(
            ExitCode.Invalid,
            "The input has no vectors.",
            "The input must be an object with an array \"vectors\", that array, or one vector."),
    };
}
