using System.Net;
using System.Text.Json.Serialization;

namespace Rke.Gateway.Lookup;

/// <summary>How answers stand in the shared memory. What another version wrote otherwise is not an answer.</summary>
[JsonSourceGenerationOptions(
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(AddressConverter)])]
[JsonSerializable(typeof(StoredAnswer<DomainRecords>))]
[JsonSerializable(typeof(StoredAnswer<IReadOnlyList<IPAddress>>))]
internal sealed partial class StoredAnswersJson : JsonSerializerContext;
