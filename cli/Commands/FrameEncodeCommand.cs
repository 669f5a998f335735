using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary><c>rkectl frame encode</c>: request frames of vectors' inputs.</summary>
internal static class FrameEncodeCommand
{
    private const int MaxInputLength = 64 * 1024 * 1024;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var path = new Argument<string>("file")
        {
            Description = "JSON of the form of tests/vectors/wire.json; '-' or nothing = standard input.",
            DefaultValueFactory = _ => "-",
        };
        var command = new Command(
            "encode", "Print the request frame of every vector: one line 'name hex' each.") { path };
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
            var vector = new VectorFields(element, index++, errors);
            if (VectorFrame.TryEncode(vector, out var bytes))
            {
                frames.Add((vector.Name, bytes));
            }
        }

        return errors.Count == 0 ? frames : throw new FailureException(
            new Failure(ExitCode.Invalid, "No frame was made: the vectors hold mistakes.") { Fields = errors });
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

    /// <summary>An object with a list "vectors", the list alone, or one vector.</summary>
    private static IEnumerable<JsonElement> Vectors(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Array => root.EnumerateArray(),
        JsonValueKind.Object
            when root.TryGetProperty("vectors", out var list) && list.ValueKind == JsonValueKind.Array =>
            list.EnumerateArray(),
        JsonValueKind.Object when root.TryGetProperty("command", out _) => [root],
        _ => throw new FailureException(
            ExitCode.Invalid,
            "The input holds no vectors.",
            "It must be an object with a list \"vectors\", that list, or one vector."),
    };
}
