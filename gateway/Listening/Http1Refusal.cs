using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Rke.Gateway.Errors;

namespace Rke.Gateway.Listening;

/// <summary>
/// Answers requests of HTTP/1.1 on a gRPC port that has only HTTP/2, with an error that says what to do. Kestrel does not parse such a
/// request.
/// </summary>
/// <param name="servesJson">Whether the HTTP port serves JSON.</param>
internal sealed class Http1Refusal(bool servesJson)
{
    private readonly byte[] _response = ResponseOf(servesJson);

    // It has the first bytes of all HTTP/2 connections, and of no request of HTTP/1.1.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2"u8;

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await IsHttp1Async(connection.Transport.Input))
        {
            await connection.Transport.Output.WriteAsync(_response);
            await connection.Transport.Output.CompleteAsync();
            return;
        }

        await next(connection);
    }

    private static async Task<bool> IsHttp1Async(PipeReader input)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync();
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // Kestrel sees the same exception.
                return false;
            }

            var start = StartOf(read.Buffer);
            var isPreface = start.AsSpan().SequenceEqual(Preface[..start.Length]);
            if (!isPreface || start.Length == Preface.Length || read.IsCompleted || read.IsCanceled)
            {
                // Kestrel reads the same bytes again.
                input.AdvanceTo(read.Buffer.Start);
                return !isPreface && IsMethod(start[0]);
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static byte[] StartOf(in ReadOnlySequence<byte> buffer) =>
        buffer.Slice(0, Math.Min(buffer.Length, Preface.Length)).ToArray();

    // All methods start with a capital letter. Other bytes are not HTTP, such as those of TLS.
    private static bool IsMethod(byte first) => first is >= (byte)'A' and <= (byte)'Z';

    private static byte[] ResponseOf(bool servesJson)
    {
        var body = JsonStatus.TextOf(new CallFailure(
            StatusCode.Unimplemented,
            Reason.WrongPort,
            "This is the gRPC port. It has only HTTP/2. Use a gRPC client"
            + (servesJson ? ", or send JSON to the HTTP port, the address of Rke:Http:Url." : ". JSON is off; Rke:Json:Enabled turns it on.")));
        var head = "HTTP/1.1 400 Bad Request\r\n"
            + $"Content-Type: {JsonStatus.ContentType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
