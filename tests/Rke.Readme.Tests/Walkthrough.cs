using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The commands of a walk-through, on free ports and in a folder of its own.</summary>
internal sealed partial class Walkthrough : IDisposable
{
    /// <summary>
    /// Shell functions. serve starts a command, and waits until it prints a text. At the end, all such commands are ended.
    /// </summary>
    public const string Functions = """
        pids=()
        trap 'kill "${pids[@]}"' EXIT
        serve() { # text command
          exec {output}< <(exec bash -c "$2" 2>&1)
          pids+=($!)
          while read -r -t 60 -u "$output" line; do
            if [[ $line == *"$1"* ]]; then return; fi
          done
          echo "no '$1'" >&2
          exit 1
        }
        """;

    private readonly string _place;
    private readonly int[] _ports;
    private readonly int _firstPort;

    /// <param name="place">The folder in the document.</param>
    /// <param name="ports">The ports in the document.</param>
    public Walkthrough(string place, params int[] ports)
    {
        (_place, _ports) = (place, ports);
        _firstPort = FindFreePorts(ports.Length);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("rke-walkthrough-").FullName;

    public string Adapt(string text) => Address().Replace(
        text.Replace(_place, Folder, StringComparison.Ordinal),
        address => $"127.0.0.1:{_firstPort + Array.IndexOf(_ports, int.Parse(address.Groups["port"].Value, CultureInfo.InvariantCulture))}");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

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

    [GeneratedRegex(@"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
