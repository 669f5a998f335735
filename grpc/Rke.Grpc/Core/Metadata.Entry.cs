using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    private static readonly SearchValues<char> KeyCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");

    internal static bool IsValidKey(string key)
    {
        foreach (var character in key)
        {
            if (!KeyCharacters.Contains(char.ToLowerInvariant(character)) || !char.IsAscii(character))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One key with a text or, where the key ends in <c>-bin</c>, with bytes. Immutable.</summary>
    public class Entry
    {
        private readonly string? _value;
        private readonly byte[]? _valueBytes;

        public Entry(string key, byte[] valueBytes)
        {
            Key = Normalize(key);
            if (!Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"The key of a binary value must end in '{BinaryHeaderSuffix}'.", nameof(key));
            }

            ArgumentNullException.ThrowIfNull(valueBytes);
            _valueBytes = [.. valueBytes];
        }

        public Entry(string key, string value)
        {
            Key = Normalize(key);
            if (Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal))
            {
                throw new ArgumentException($"The key of a text must not end in '{BinaryHeaderSuffix}'.", nameof(key));
            }

            ArgumentNullException.ThrowIfNull(value);
            _value = value;
        }

        /// <summary>The key, in lower case.</summary>
        public string Key { get; }

        /// <summary>A copy of the bytes; of a text, its ASCII bytes.</summary>
        public byte[] ValueBytes => _valueBytes is null ? Encoding.ASCII.GetBytes(_value!) : [.. _valueBytes];

        /// <summary>The text. Throws where the value is binary.</summary>
        public string Value =>
            _value ?? throw new InvalidOperationException("A binary metadata entry has no text; read ValueBytes.");

        public bool IsBinary => _value is null;

        /// <inheritdoc/>
        public override string ToString() => IsBinary
            ? $"[Entry: key={Key}, valueBytes={_valueBytes}]"
            : $"[Entry: key={Key}, value={_value}]";

        internal ReadOnlySpan<byte> BytesWithoutCopy => _valueBytes;

        internal bool HasKey(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        private static string Normalize(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            if (!key.AsSpan().ContainsAnyExcept(KeyCharacters))
            {
                return key;
            }

            return IsValidKey(key)
                ? key.ToLowerInvariant()
                : throw new ArgumentException(
                    "A metadata key may only have lower-case letters, digits, underscores, hyphens and dots.",
                    nameof(key));
        }
    }
}
