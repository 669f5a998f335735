using System.Net;
using System.Net.Sockets;
using Rke.UdpBridge.Transports.Native;
using Rke.Wire;

namespace Rke.Bench.UdpBridge;

/// <summary>Answers everything at once on a thread of its own. It sends and receives batches, like the key server.</summary>
internal sealed class AnsweringServer : IDisposable
{
    private const int BatchLength = 64;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CoinCipher _coin;

    public AnsweringServer(CoinCipher coin)
    {
        _coin = coin;
        _socket.ReceiveBufferSize = 1 << 22;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        new Thread(Run) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();

    private void Run()
    {
        var requests = new DatagramBatch(BatchLength, ProfileRules.MaxRequestLength, hasAddresses: true);
        var responses = new DatagramBatch(BatchLength, ProfileRules.MaxResponseLength, hasAddresses: true);
        var plain = new byte[ProfileRules.MaxRequestLength];
        while (true)
        {
            var count = requests.Receive(_socket.SafeHandle, wait: true, out var error);
            if (error != SocketError.Success)
            {
                return;
            }

            for (var index = 0; index < count; index++)
            {
                responses.SetLength(index, Answer(requests.Datagram(index), plain, responses.Buffer(index)));
                responses.SetAddress(index, requests.Address(index));
            }

            responses.Send(_socket.SafeHandle, 0, count, out _);
        }
    }

    private int Answer(ReadOnlySpan<byte> request, Span<byte> plain, Span<byte> response)
    {
        if (!RequestFrame.TryRead(WireProfile.Rke, request, out var frame, out var error)
            || !frame.TryOpen(_coin, plain, out var challenge, out _, out error))
        {
            throw new InvalidOperationException($"The bridge sent a wrong request: {error}");
        }

        var isSealed = frame.Header.EncryptionType == 1;
        var (status, isHeaderError) = WireStatuses.Encode(
            WireProfile.Rke, frame.Command, isSealed ? WireStatus.KeyNotFound : WireStatus.Success);
        return ResponseFrame.WriteStatus(
            response,
            WireProfile.Rke,
            frame.Header,
            frame.Header.RaidaId,
            status,
            isHeaderError,
            challenge,
            executionTime: 0,
            trailer: false,
            isSealed ? _coin : null);
    }
}
