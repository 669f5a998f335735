using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Rke.Gateway.Calls;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Kme;

/// <summary>The three methods of ETSI GS QKD 014, for the requests of the KME port (docs/KME.md).</summary>
internal sealed class KmeApi(
    KmeDirectory directory,
    IKeyStock stock,
    SealedStock sealedStock,
    StockRefill refill,
    KmeMeter meter,
    KeyAudit audit,
    IOptions<KmeOptions> options,
    ILogger<KmeApi> logger)
{
    private const int MaxBody = 256 << 10;
    private const string Status = "status";
    private const string EncKeys = "enc_keys";
    private const string DecKeys = "dec_keys";
    private const string Other = "other";

    private readonly KmeOptions _settings = options.Value;

    public async Task HandleAsync(HttpContext context)
    {
        var (method, sae) = Route(context.Request.Path);
        var caller = CallerIdentity.Anonymous;
        using var body = new ClearedBuffer();
        var json = new Utf8JsonWriter(body);
        await using (json)
        {
            int status;
            try
            {
                caller = CallerOf(context);
                await AnswerAsync(context, method, sae, caller, json);
                status = StatusCodes.Status200OK;
            }
            catch (KmeException exception)
            {
                status = exception.Status;
                Log.RequestRefused(logger, status, caller.Name, exception.Message);
                WriteError(context, exception, body, json);
            }
            catch (RpcException)
            {
                // The stock is in Redis.
                status = StatusCodes.Status503ServiceUnavailable;
                WriteError(context, KmeException.Unavailable("the shared state of the KME is unavailable; repeat the request"), body, json);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                status = StatusCodes.Status503ServiceUnavailable;
                Log.RequestFailed(logger, exception);
                WriteError(context, KmeException.Unavailable("the KME failed"), body, json);
            }

            await json.FlushAsync(context.RequestAborted);
            meter.OnAnswered(method, status);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Written.Length;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.WriteAsync(body.Written, context.RequestAborted);
        }
    }

    // /api/v1/keys/{SAE id}/{method}
    private static (string Method, string Sae) Route(PathString path) =>
        (path.Value ?? "").Split('/') is ["", "api", "v1", "keys", var sae, var method] && method is Status or EncKeys or DecKeys
            ? (method, sae)
            : (Other, "");

    private static CallerIdentity CallerOf(HttpContext context) =>
        context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate
            ? CertificateIdentity.Of(certificate) ?? CallerIdentity.Anonymous
            : CallerIdentity.Anonymous;

    private async Task AnswerAsync(HttpContext context, string method, string other, CallerIdentity caller, Utf8JsonWriter json)
    {
        if (method == Other)
        {
            throw KmeException.Of(
                StatusCodes.Status404NotFound, "there is no such path; use /api/v1/keys/{SAE_ID}/status, enc_keys or dec_keys");
        }

        var sae = directory.FindSae(caller)
            ?? throw KmeException.Unauthorized("the identity of the client certificate is no SAE of this KME");
        var isPost = HttpMethods.IsPost(context.Request.Method);
        if (!HttpMethods.IsGet(context.Request.Method) && (!isPost || method == Status))
        {
            throw KmeException.Of(StatusCodes.Status405MethodNotAllowed, $"{method} does not support this HTTP method");
        }

        if (method == DecKeys)
        {
            var waiting = directory.Find(other, sae) is { ForSlave: not null } found ? found : throw NoPair(sae, other);
            var ids = isPost
                ? await ReadAsync(context.Request, KmeRequests.KeyIdsOf)
                : KmeRequests.KeyIdsOf(context.Request.Query);
            await WriteNamedAsync(waiting, ids, caller, json);
            return;
        }

        var pair = directory.Find(sae, other) is { ForMaster: not null } own ? own : throw NoPair(sae, other);
        if (method == Status)
        {
            WriteStatus(pair, await stock.CountAsync(pair.ForMaster!), json);
            return;
        }

        var request = isPost
            ? await ReadAsync(context.Request, KmeRequests.KeyRequestOf)
            : KmeRequests.KeyRequestOf(context.Request.Query);
        await WriteOldestAsync(pair, request, caller, json);
    }

    private void WriteStatus(KmePair pair, int count, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("source_KME_ID", _settings.Id);
        json.WriteString("target_KME_ID", pair.OtherKme);
        json.WriteString("master_SAE_ID", pair.Master);
        json.WriteString("slave_SAE_ID", pair.Slave);
        json.WriteNumber("key_size", _settings.KeySize);
        json.WriteNumber("stored_key_count", count);
        json.WriteNumber("max_key_count", _settings.Stock);
        json.WriteNumber("max_key_per_request", _settings.MaxKeysPerRequest);
        json.WriteNumber("max_key_size", KmeKeys.MaxSize);
        json.WriteNumber("min_key_size", KmeKeys.MinSize);
        json.WriteNumber("max_SAE_ID_count", 0);
        json.WriteEndObject();
    }

    private async Task WriteOldestAsync(KmePair pair, KeyRequest request, CallerIdentity caller, Utf8JsonWriter json)
    {
        var size = request.Size ?? _settings.KeySize;
        if (request.Number < 1 || request.Number > _settings.MaxKeysPerRequest)
        {
            throw KmeException.BadRequest($"number shall be 1 to {_settings.MaxKeysPerRequest}, the value of max_key_per_request");
        }

        if (size % 8 != 0)
        {
            throw KmeException.BadRequest("size shall be a multiple of 8");
        }

        if (!KmeKeys.IsSize(size))
        {
            throw KmeException.BadRequest($"size shall be {KmeKeys.MinSize} to {KmeKeys.MaxSize}");
        }

        var taken = await stock.TakeAsync(pair.ForMaster!, request.Number);
        refill.OnTaken(pair);
        if (taken.Keys.Count == 0)
        {
            throw KmeException.Unavailable(
                $"the KME has {taken.Available} keys for {pair.Slave}, and the request needs {request.Number}; repeat it later");
        }

        WriteKeys(pair, pair.ForMaster!, [.. taken.Keys.Select(key => (KmeKeys.IdOf(key.Name, size), key, size))], json);
        HandedOut(pair, KmeMeter.ToMaster, caller, pair.Master, [.. taken.Keys.Select(key => KmeKeys.IdOf(key.Name, size))]);
    }

    private async Task WriteNamedAsync(KmePair pair, IReadOnlyList<string> ids, CallerIdentity caller, Utf8JsonWriter json)
    {
        if (ids.Count > _settings.MaxKeysPerRequest)
        {
            throw KmeException.BadRequest($"key_IDs shall have at most {_settings.MaxKeysPerRequest} elements");
        }

        var named = new List<(string Id, string Name, int Size)>(ids.Count);
        foreach (var id in ids)
        {
            named.Add(KmeKeys.TryReadId(id, out var name, out var size)
                ? (id, name, size)
                : throw KmeException.BadRequest("each key_ID shall be a UUID, as enc_keys returned it"));
        }

        if (named.DistinctBy(key => key.Name).Count() < named.Count)
        {
            throw KmeException.BadRequest("each key_ID shall stand once");
        }

        // A key id with another size is not the id of a key.
        string[] unknown = [.. named.Where(key => !KmeKeys.IsSize(key.Size)).Select(key => key.Id)];
        var found = unknown.Length > 0 ? null : await stock.TakeAsync(pair.ForSlave!, [.. named.Select(key => key.Name)]);
        if (found is null or { Missing.Count: > 0 })
        {
            throw KmeException.BadRequest(
                "one or more keys specified are not found on KME",
                [
                    .. named.Where(key => unknown.Contains(key.Id) || found?.Missing.Contains(key.Name) == true)
                        .Select(key => $"{{\"key_ID\":\"{key.Id}\"}}"),
                ]);
        }

        WriteKeys(pair, pair.ForSlave!, [.. named.Zip(found.Keys, (key, taken) => (key.Id, taken, key.Size))], json);
        HandedOut(pair, KmeMeter.ToSlave, caller, pair.Slave, ids);
    }

    private void WriteKeys(
        KmePair pair, StockName name, IReadOnlyList<(string Id, StockedKey Key, int Size)> keys, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("keys");
        foreach (var (id, stocked, size) in keys)
        {
            var key = sealedStock.Open(name, stocked, size);
            if (key is null)
            {
                Log.KeySealed(logger, stocked.Name, pair.Master, pair.Slave);
                throw KmeException.Unavailable("a key cannot be decrypted by this replica of the KME");
            }

            json.WriteStartObject();
            json.WriteString("key_ID", id);
            json.WriteBase64String("key", key);
            json.WriteEndObject();
            CryptographicOperations.ZeroMemory(key);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void HandedOut(KmePair pair, string name, CallerIdentity caller, string sae, IReadOnlyList<string> ids)
    {
        meter.Count(pair, name, ids.Count);
        foreach (var id in ids)
        {
            audit.KmeKeyHandedOut(caller, sae, id);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpRequest request, Func<JsonElement, T> read)
    {
        if (request.ContentLength > MaxBody)
        {
            throw KmeException.BadRequest($"the body shall have at most {MaxBody} bytes");
        }

        request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = MaxBody;
        try
        {
            // An empty body is the same as {}.
            using var text = new MemoryStream();
            await request.Body.CopyToAsync(text, request.HttpContext.RequestAborted);
            using var document = JsonDocument.Parse(text.Length == 0 ? "{}"u8.ToArray() : text.ToArray());
            return read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string is not UTF-8, or has an escape sequence of half a character.
            throw KmeException.BadRequest("the body is not JSON");
        }
        catch (BadHttpRequestException)
        {
            throw KmeException.BadRequest($"the body shall be complete and have at most {MaxBody} bytes");
        }
        catch (IOException exception)
        {
            throw new OperationCanceledException("The client closed the connection.", exception);
        }
    }

    private static void WriteError(HttpContext context, KmeException exception, ClearedBuffer body, Utf8JsonWriter json)
    {
        // Parts of a response can be in the buffer.
        body.Clear();
        json.Reset(body);
        json.WriteStartObject();
        json.WriteString("message", exception.Message);
        if (exception.Details.Count > 0)
        {
            json.WriteStartArray("details");
            foreach (var detail in exception.Details)
            {
                json.WriteRawValue(detail);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        if (exception.IsTemporary)
        {
            context.Response.Headers.RetryAfter = "1";
        }
    }

    // The message is the same for a SAE that does not exist, and for one that has no keys with the caller.
    private static KmeException NoPair(string sae, string other) =>
        KmeException.Unauthorized($"{sae} shares no keys with {(other.Length <= 64 ? other : other[..64])} in this direction at this KME");
}

/// <summary>A pinned buffer for one response, which is cleared when it is disposed. It has no copies, because a copy would not be cleared.</summary>
internal sealed class ClearedBuffer : IBufferWriter<byte>, IDisposable
{
    private const int MinSize = 4 << 10;

    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(MinSize, pinned: true);
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Removes and clears the content.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _length = 0;
    }

    public void Dispose() => Clear();

    private void Reserve(int count)
    {
        var needed = _length + Math.Max(count, 1);
        if (needed <= _bytes.Length)
        {
            return;
        }

        var larger = GC.AllocateUninitializedArray<byte>(Math.Max(2 * _bytes.Length, needed), pinned: true);
        Written.Span.CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = larger;
    }
}
