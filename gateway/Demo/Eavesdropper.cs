using System.Net;
using System.Net.Sockets;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>A third party that has all datagrams of the session and no coin. It searches the datagrams for the key.</summary>
/// <param name="seen">All datagrams on all paths.</param>
internal sealed class Eavesdropper(IReadOnlyList<RecordedDatagram> seen)
{
    /// <summary>The length of the pieces to search for. Random bytes do not contain a piece of this length by chance.</summary>
    public const int PieceLength = 8;

    private const byte GetKeyCommand = 42;

    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    private readonly List<byte[]> _bytes = [.. seen.Select(datagram => datagram.Bytes)];

    public int Datagrams => _bytes.Count;

    public int Bytes => _bytes.Sum(datagram => datagram.Length);

    /// <summary>
    /// Sends the bytes of each recorded Get Key to its key server again, and records the answers. Returns the number of answers.
    /// </summary>
    public async Task<int> ReplayGetKeysAsync(IReadOnlyDictionary<byte, IPEndPoint> keyServers)
    {
        var requests = seen.Where(datagram => datagram is { IsRequest: true, Path.RaidaId: not null, Command: GetKeyCommand });
        var answers = await Task.WhenAll(requests.Select(request => ReplayAsync(keyServers[request.Path.RaidaId!.Value], request)));
        _bytes.AddRange(answers.OfType<byte[]>());
        return answers.Count(answer => answer is not null);
    }

    /// <summary>Whether a datagram contains a piece of the secret.</summary>
    public bool Finds(ReadOnlySpan<byte> secret)
    {
        for (var offset = 0; offset + PieceLength <= secret.Length; offset++)
        {
            foreach (var datagram in _bytes)
            {
                if (datagram.AsSpan().IndexOf(secret.Slice(offset, PieceLength)) >= 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether the datagrams contain the locations of all parts. They are not secret, so this shows that the search works.</summary>
    public bool FindsAllLocations(IEnumerable<SessionPart> parts) => parts.All(part => Finds(part.KeyIdHash.Span));

    private static async Task<byte[]?> ReplayAsync(IPEndPoint server, RecordedDatagram request)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var timeout = new CancellationTokenSource(Timeout, TimeProvider.System);
        try
        {
            await socket.SendAsync(request.Bytes, server, timeout.Token);
            return (await socket.ReceiveAsync(timeout.Token)).Buffer;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
