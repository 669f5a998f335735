using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge.Streams;

/// <summary>Answers the requests of a <see cref="StreamServer"/>.</summary>
public interface IStreamRequestHandler
{
    /// <summary>The body length in bytes of the only command that the server accepts.</summary>
    int BodyLength { get; }

    /// <summary>
    /// Checks a header before the server reads the body. If the header is not accepted, the server sends the answer, if there is one, and
    /// closes the connection: where the next request would begin is unknown.
    /// </summary>
    /// <param name="header">The header. A header with another body length must not be accepted.</param>
    /// <param name="answer">At least <see cref="StreamServer.MaxAnswerLength"/> bytes.</param>
    /// <param name="length">The length of the answer to a header that is not accepted. 0 = none.</param>
    bool Accepts(in RequestHeader header, Span<byte> answer, out int length);

    /// <summary>Answers a request.</summary>
    /// <param name="request">Header and body, of exactly the declared length. The server clears it afterwards.</param>
    /// <param name="source">The client.</param>
    /// <param name="answer">At least <see cref="StreamServer.MaxAnswerLength"/> bytes. The server clears it afterwards.</param>
    /// <param name="cancellationToken">Ends when the server stops.</param>
    /// <returns>The length of the answer. 0 = close the connection without an answer.</returns>
    ValueTask<int> AnswerAsync(
        ReadOnlyMemory<byte> request, IPEndPoint source, Memory<byte> answer, CancellationToken cancellationToken);
}
