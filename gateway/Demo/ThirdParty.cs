using System.Net;
using System.Net.Sockets;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>Somebody who sees all datagrams of the session and holds no coin: what they can find out.</summary>
/// <param name="seen">All datagrams on all paths.</param>
internal sealed class ThirdParty(IReadOnlyList<TappedDatagram> seen)
{
    /// <summary>As short a piece of a key as is looked for: chance does not make it.</summary>
    public const int PieceLength = 8;

    private const byte GetKeyCommand = 42;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly List<byte[]> _bytes = [.. seen.Select(datagram => datagram.Bytes)];

    public int Datagrams => _bytes.Count;

    public int Bytes => _bytes.Sum(datagram => datagram.Length);

    /// <summary>
    /// Sends every Get Key that was seen to its key server again, byte for byte, and keeps what comes back; how many
    /// answers came.
    /// </summary>
    public async Task<int> AskAgainAsync(IReadOnlyDictionary<byte, IPEndPoint> keyServers)
    {
        var requests = seen.Where(datagram => datagram is { IsRequest: true, Path.RaidaId: not null, Command: GetKeyCommand });
        var answers = await Task.WhenAll(requests.Select(request => AskAsync(keyServers[request.Path.RaidaId!.Value], request)));
        _bytes.AddRange(answers.OfType<byte[]>());
        return answers.Count(answer => answer is not null);
    }

    /// <summary>Whether any piece of a secret stands in any datagram.</summary>
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

    /// <summary>That the search works: what is no secret, where the parts waited, does stand there.</summary>
    public bool FindsWhereAll(IEnumerable<SessionPart> parts) => parts.All(part => Finds(part.KeyIdHash.Span));

    private static async Task<byte[]?> AskAsync(IPEndPoint server, TappedDatagram request)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await socket.SendAsync(request.Bytes, server, patience.Token);
            return (await socket.ReceiveAsync(patience.Token)).Buffer;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
