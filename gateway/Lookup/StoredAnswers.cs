using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rke.Gateway.Dns;
using Rke.Gateway.State;

namespace Rke.Gateway.Lookup;

/// <summary>Answers of one kind in the memory that replicas share.</summary>
/// <param name="kind">What is asked about a name.</param>
internal sealed class StoredAnswers<T>(string kind, ISharedMemory memory, JsonTypeInfo<StoredAnswer<T>> type)
{
    /// <summary>Null when nobody has told of the name, or nothing that can be read.</summary>
    public async ValueTask<StoredAnswer<T>?> FindAsync(DnsName name, CancellationToken cancellationToken)
    {
        if (await memory.FindAsync(KeyOf(name), cancellationToken) is not { } bytes)
        {
            return null;
        }

        try
        {
            // Of a generic parameter the serializer does not know that it is never null.
            return JsonSerializer.Deserialize(bytes.Span, type) is { Value: not null } answer ? answer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public ValueTask PutAsync(DnsName name, StoredAnswer<T> answer, TimeSpan lifetime) => memory.PutAsync(
        KeyOf(name), JsonSerializer.SerializeToUtf8Bytes(answer, type), lifetime, CancellationToken.None);

    private string KeyOf(DnsName name) => $"name:{kind}:{name}";
}
