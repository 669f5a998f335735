using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>A name lookup that every key server of a network is asked.</summary>
internal sealed record NameQuestion(Network Network, NameRecordType Type, byte[] Name, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Type.ToString().ToUpperInvariant()} {Text}";
}

/// <summary>Takes out of an answer what is to be compared.</summary>
internal delegate T ReadName<T>(in NameLookupAnswer answer);
