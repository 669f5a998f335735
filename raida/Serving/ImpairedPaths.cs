using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Raida.Impairments;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>The simulated network faults before and behind a server. All receive threads share them.</summary>
internal sealed class ImpairedPaths : IDisposable
{
    private readonly KeyServer _server;
    private readonly ImpairedPath _requests;
    private readonly ImpairedPath _responses;

    public ImpairedPaths(KeyServer server, Socket socket, KeyServerOptions options, TimeProvider time, ILogger logger)
    {
        _server = server;
        _requests = new(options.RequestImpairment, SeedOf(options, direction: 0), time, Handle);
        _responses = new(
            options.ResponseImpairment,
            SeedOf(options, direction: 1),
            time,
            (response, remote) => DatagramLoop.Send(socket, response, remote, server.RaidaId, logger));
    }

    public void Receive(ReadOnlySpan<byte> datagram, SocketAddress remote) => _requests.Send(datagram, remote);

    public void Dispose()
    {
        _requests.Dispose();
        _responses.Dispose();
    }

    private void Handle(ReadOnlySpan<byte> datagram, SocketAddress remote)
    {
        var response = new byte[ProfileRules.MaxResponseLength];
        var length = _server.Handle(RemoteAddress.Of(remote), datagram, response);
        if (length > 0)
        {
            _responses.Send(response.AsSpan(0, length), remote);
        }
    }

    private ulong SeedOf(KeyServerOptions options, ulong direction) =>
        options.Seed ^ (((_server.RaidaId * 2ul) + direction + 1) << 56);
}
