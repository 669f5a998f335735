using System.Buffers.Binary;
using System.Globalization;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.State;

namespace Rke.Gateway.Signalling;

/// <summary>
/// Where replicas share their state, a Signal that comes again at another one is not worked on twice: parts are handed
/// out once, so the second would find none and answer otherwise than the first.
/// </summary>
internal sealed class SharedSignals(IIdempotencyStore answers, ISessionStore sessions, LiveSettings live)
{
    private const int Length = sizeof(ushort) + sizeof(long);
    private const int NameLength = 16;

    // What the work may take besides waiting for parts.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    public async Task<SignalResult?> RunAsync(
        UInt128 name, Func<Task<SignalResult?>> work, CancellationToken cancellationToken)
    {
        if (!sessions.IsShared)
        {
            return await work();
        }

        var request = DigestOf(name);
        var claim = await answers.ClaimAsync(request, live.Signal.CollectTimeout + Grace, cancellationToken);
        switch (claim.Answer)
        {
            case IdempotencyAnswer.Done:
                return Read(claim.Response.Span);
            case IdempotencyAnswer.Yours:
                return await WorkAsync(request, claim.Ticket, work);
            default:
                return null;
        }
    }

    private async Task<SignalResult?> WorkAsync(RequestDigest request, ulong ticket, Func<Task<SignalResult?>> work)
    {
        SignalResult? result = null;
        try
        {
            return result = await work();
        }
        finally
        {
            await (result is null
                ? answers.AbandonAsync(request, ticket)
                : answers.StoreAsync(request, ticket, Write(result)));
        }
    }

    private static RequestDigest DigestOf(UInt128 name)
    {
        Span<byte> bytes = stackalloc byte[NameLength];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, name);
        return RequestDigest.Of(string.Create(CultureInfo.InvariantCulture, $"rke signal {name:x32}"), bytes);
    }

    private static byte[] Write(SignalResult result)
    {
        var bytes = new byte[Length];
        var used = result.UsedParts.Aggregate(0, (flags, index) => flags | (1 << index));
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)used);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(ushort)), result.Took.Ticks);
        return bytes;
    }

    private static SignalResult Read(ReadOnlySpan<byte> bytes)
    {
        var used = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return new(
            [.. Enumerable.Range(0, 16).Where(index => (used & (1 << index)) != 0)],
            TimeSpan.FromTicks(BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(ushort)..])));
    }
}
