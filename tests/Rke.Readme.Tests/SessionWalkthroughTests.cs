using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The walk-through of docs/SESSIONS.md, on free ports and in a folder of its own.</summary>
public sealed partial class SessionWalkthroughTests : IDisposable
{
    private const string Document = "docs/SESSIONS.md";

    private static readonly int[] Ports = [50000, 50001, 50002, 50003, 5001, 5002, 5011, 5012, 5075];

    private readonly string _folder = Directory.CreateTempSubdirectory("rke-walkthrough-").FullName;
    private readonly int _firstPort = FindFreePorts(Ports.Length);

    [Fact]
    public async Task Both_sides_have_the_same_key()
    {
        var network = DocumentCommands.BlocksIn(Document).Single(block => block.Language == "json").Text;
        await File.WriteAllTextAsync(Path.Combine(_folder, "network.json"), Adapt(network), TestContext.Current.CancellationToken);
        var blocks = DocumentCommands.In(Document);
        var commands = blocks.Select(block => Adapt(DocumentCommands.Prepare(block.Commands))).ToArray();
        Assert.Equal(7, commands.Length);

        var shown = blocks[5].Output!;
        var sessionId = SessionId().Match(shown).Value;
        var printed = await ToolRun.OutputAsync(
            "bash",
            ["-euc", $$"""
              pids=()
              trap 'kill "${pids[@]}"' EXIT
              serve() { # text command: starts the command, and waits until it prints the text
                exec {output}< <(exec bash -c "$2" 2>&1)
                pids+=($!)
                while read -r -t 60 -u "$output" line; do
                  if [[ $line == *"$1"* ]]; then return; fi
                done
                echo "no '$1'" >&2
                exit 1
              }
              {{commands[0]}}
              serve 'Key server 3 ' '{{commands[1]}}'
              serve 'The gateway is ready' '{{commands[2]}}'
              serve 'The gateway is ready' '{{commands[3]}}'
              {{commands[4]}}
              arrived=$({{commands[5]}})
              echo "$arrived"
              read -r _ id _ <<<"$arrived"
              {{commands[6].Replace(sessionId, "$id", StringComparison.Ordinal)}}
              """]);
        DocumentCommands.AssertShown(shown, printed);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static int FindFreePorts(int count)
    {
        while (true)
        {
            // Below the range from which the system takes ports for clients.
            var first = Random.Shared.Next(20_000, 32_000);
            if (Enumerable.Range(first, count).All(port => IsFree(port, SocketType.Stream, ProtocolType.Tcp)
                && IsFree(port, SocketType.Dgram, ProtocolType.Udp)))
            {
                return first;
            }
        }
    }

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Adapt(string text) => Address().Replace(
        text.Replace("artifacts/two", _folder, StringComparison.Ordinal),
        address => $"127.0.0.1:{_firstPort + Array.IndexOf(Ports, int.Parse(address.Groups["port"].Value, CultureInfo.InvariantCulture))}");

    [GeneratedRegex(@"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();

    [GeneratedRegex("[0-9a-f]{32}", RegexOptions.None, 1000)]
    private static partial Regex SessionId();
}
