using System.Net;
using System.Net.Sockets;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Bench.UdpBridge;

/// <summary>Answers everything at once on a thread of its own, so that the bridge is what is measured.</summary>
internal sealed class AnsweringServer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CoinCipher _coin;

    public AnsweringServer(byte raidaId, CoinCipher coin)
    {
        _coin = coin;
        _socket.ReceiveBufferSize = 1 << 22;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = new(WireProfile.Rke, 6, raidaId, (IPEndPoint)_socket.LocalEndPoint!);
        new Thread(Run) { IsBackground = true }.Start();
    }

    public ServerAddress Address { get; }

    public void Dispose() => _socket.Dispose();

    private void Run()
    {
        var request = new byte[ProfileRules.MaxRequestLength];
        var plain = new byte[ProfileRules.MaxRequestLength];
        var response = new byte[ProfileRules.MaxResponseLength];
        var source = new SocketAddress(AddressFamily.InterNetwork);
        try
        {
            while (true)
            {
                var length = _socket.ReceiveFrom(request, SocketFlags.None, source);
                length = Answer(request.AsSpan(0, length), plain, response);
                _socket.SendTo(response.AsSpan(0, length), SocketFlags.None, source);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed: the measurement is over.
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
