using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>The fields of a request that its response needs.</summary>
internal readonly struct ReceivedRequest
{
    public required RequestHeader Header { get; init; }

    /// <summary>Echo if the header has no known command.</summary>
    public required WireCommand Command { get; init; }

    /// <summary>The time of arrival, as a timestamp of the server's clock.</summary>
    public required long ArrivedAt { get; init; }

    /// <summary>Null if the server cannot read the challenge. Then the response is not signed.</summary>
    public required Challenge? Challenge { get; init; }

    /// <summary>Null if the request is unencrypted, or if its coin is unknown.</summary>
    public required CoinCipher? Cipher { get; init; }
}

/// <summary>Writes the responses of one server, with their execution time and signature (docs/WIRE.md §4).</summary>
internal sealed class ResponseWriter(KeyServerOptions options, byte raidaId, TimeProvider time)
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long MicrosecondsPerSecond = 1_000_000;

    /// <summary>Writes a response with a payload.</summary>
    /// <returns>The length of the response.</returns>
    public int Write<TPayload>(
        in ReceivedRequest request, in RequestFrame frame, in TPayload payload, Span<byte> destination)
        where TPayload : IPayload, allows ref struct => ResponseFrame.Write(
            destination,
            frame,
            request.Challenge!.Value,
            ExecutionTime(request),
            payload,
            options.ResponseIv,
            request.Cipher);

    /// <summary>Writes a response without a payload.</summary>
    /// <returns>The length of the response.</returns>
    public int WriteStatus(in ReceivedRequest request, WireStatus status, Span<byte> destination, bool trailer = false)
    {
        var (value, isHeaderError) = WireStatuses.Encode(options.Profile, request.Command, status);
        return ResponseFrame.WriteStatus(
            destination,
            options.Profile,
            request.Header,
            raidaId,
            value,
            isHeaderError,
            request.Challenge,
            ExecutionTime(request),
            trailer,
            request.Cipher);
    }

    // In nanoseconds (rke) or microseconds (raidax).
    private uint ExecutionTime(in ReceivedRequest request)
    {
        // The field has 32 bits, which is 4.2 seconds in nanoseconds.
        var ticks = Math.Clamp(time.GetTimestamp() - request.ArrivedAt, 0, 4 * time.TimestampFrequency);
        var unit = options.Profile == WireProfile.Rke ? NanosecondsPerSecond : MicrosecondsPerSecond;
        return (uint)((ulong)ticks * (ulong)unit / (ulong)time.TimestampFrequency);
    }
}
