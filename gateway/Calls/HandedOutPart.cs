using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Rke.Gateway.Identity;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>
/// The values of the audit line of a key part. The line is part of each GetKey, so the console log formats it as UTF-8 without strings
/// (<see cref="ConsoleLog.TextLine"/>). Other log providers read the values or the text, as from a message of [LoggerMessage].
/// </summary>
/// <param name="digest">The SHA-256 of the key id hash. The hash itself would be enough to fetch the part.</param>
internal readonly struct HandedOutPart(CallerIdentity caller, ServerId server, in PartDigest digest)
    : IReadOnlyList<KeyValuePair<string, object?>>, IUtf8SpanFormattable
{
    private const string Template =
        "A key part was handed out to {Caller} ({CallerKind}) from key server {RaidaId} of network {Network}; "
        + "SHA-256 of its key id hash: {KeyIdHashDigest}.";

    private readonly PartDigest _digest = digest;

    public int Count => 6;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("Caller", caller.Name),
        1 => new("CallerKind", caller.Kind),
        2 => new("Network", server.Network),
        3 => new("RaidaId", server.RaidaId),
        4 => new("KeyIdHashDigest", _digest.ToString()),
        5 => new("{OriginalFormat}", Template),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() =>
        $"A key part was handed out to {caller.Name} ({caller.Kind}) from key server {server.RaidaId} of network {server.Network}; "
        + $"SHA-256 of its key id hash: {_digest}.";

    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Utf8.TryWrite(
            utf8Destination,
            CultureInfo.InvariantCulture,
            $"A key part was handed out to {caller.Name} ({caller.Kind}) from key server {server.RaidaId} of network {server.Network}; SHA-256 of its key id hash: {_digest}.",
            out bytesWritten);
}

/// <summary>The SHA-256 of a key id hash, the name of a key part in the audit log. Its text is lower-case hex.</summary>
[InlineArray(Length)]
internal struct PartDigest : IUtf8SpanFormattable
{
    public const int Length = 32;

    private byte _first;

    public static PartDigest Of(KeyIdHash hash)
    {
        Span<byte> bytes = stackalloc byte[KeyIdHash.Length];
        hash.CopyTo(bytes);
        var digest = default(PartDigest);
        System.Security.Cryptography.SHA256.HashData(bytes, digest);
        return digest;
    }

    public override readonly string ToString() => Convert.ToHexStringLower(this);

    public readonly string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    public readonly bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Convert.TryToHexStringLower(this, utf8Destination, out bytesWritten);
}
