using System.Buffers;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Rke.Gateway.Calls;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;
using Rke.V1;

namespace Rke.Gateway.Json;

/// <summary>
/// Checks a JSON call before the transcoder reads it: the port, the content type, the size, and all fields. Then the call passes the same
/// interceptor as a gRPC call.
/// </summary>
internal sealed class JsonCalls(IOptions<GrpcOptions> grpc)
{
    private const string JsonType = "application/json";
    private const int MinBufferSize = 1024;

    private readonly int _maxSize = grpc.Value.MaxMessageSize;
    private readonly bool _isTls = grpc.Value.Url.IsTls;

    /// <summary>Whether the port of a request serves JSON.</summary>
    public bool IsServedTo(HttpContext context) => _isTls
        ? context.Features.Get<ITlsHandshakeFeature>() is not null
        : !HttpProtocol.IsHttp2(context.Request.Protocol);

    /// <summary>The endpoint of a method.</summary>
    public RequestDelegate Wrap(RequestDelegate next, GrpcJsonTranscodingMetadata method)
    {
        var body = BodyOf(method);
        var bound = method.MethodDescriptor.InputType.Fields.InDeclarationOrder()
            .Where(field => method.HttpRule.Get.Contains($"{{{field.Name}}}", StringComparison.Ordinal))
            .ToHashSet();
        return context => RunAsync(context, next, method, body, bound);
    }

    /// <summary>Ends a call with an error.</summary>
    public static Task RefuseAsync(HttpContext context, CallFailure failure)
    {
        CallReason.Note(context, failure.Reason);
        context.Features.Set(CallEnd.Of(failure.Code));
        return JsonStatus.WriteAsync(context, failure);
    }

    private static (MessageDescriptor Type, string Path)? BodyOf(GrpcJsonTranscodingMetadata method) => method.HttpRule.Body switch
    {
        "" => null,
        "*" => (method.MethodDescriptor.InputType, ""),
        var name => (method.MethodDescriptor.InputType.FindFieldByName(name).MessageType, name),
    };

    private async Task RunAsync(
        HttpContext context,
        RequestDelegate next,
        GrpcJsonTranscodingMetadata method,
        (MessageDescriptor Type, string Path)? body,
        HashSet<FieldDescriptor> bound)
    {
        if (!IsServedTo(context))
        {
            await RefuseAsync(context, WrongPort());
            return;
        }

        if (FindProblem(context.Request.Query, method.MethodDescriptor.InputType, body is not null, bound) is { } problem)
        {
            await RefuseAsync(context, problem);
            return;
        }

        var secrets = new JsonSecrets();
        context.Features.Set(secrets);
        if (body is not { } message)
        {
            await SendAsync(context, next, secrets);
            return;
        }

        if (!context.Request.HasJsonContentType() || HasOtherCharset(context.Request))
        {
            await RefuseAsync(context, new(
                StatusCode.InvalidArgument, Reason.MessageUnreadable, $"Write the header Content-Type: {JsonType}."));
            return;
        }

        await RunAsync(context, next, message.Type, message.Path, secrets);
    }

    // JSON is UTF-8.
    private static bool HasOtherCharset(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset.HasValue
        && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    private async Task RunAsync(HttpContext context, RequestDelegate next, MessageDescriptor type, string path, JsonSecrets secrets)
    {
        // The body can contain a key part.
        var text = ArrayPool<byte>.Shared.Rent(MinBufferSize);
        var original = context.Request.Body;
        try
        {
            var size = 0;
            while (await original.ReadAsync(text.AsMemory(size), context.RequestAborted) is > 0 and var read)
            {
                size += read;
                if (size > _maxSize)
                {
                    await RefuseAsync(context, TooLarge());
                    return;
                }

                if (size == text.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(2 * size);
                    text.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(text, clearArray: true);
                    text = larger;
                }
            }

            if (JsonFields.FindProblem(text.AsSpan(0, size), type, path) is { } problem)
            {
                await RefuseAsync(context, problem);
                return;
            }

            if (type == PostKeyRequest.Descriptor)
            {
                secrets.TakeKeyPart(text.AsSpan(0, size));
            }

            using var body = new MemoryStream(text, 0, size, writable: false);
            context.Request.Body = body;
            await SendAsync(context, next, secrets);
        }
        finally
        {
            context.Request.Body = original;
            ArrayPool<byte>.Shared.Return(text, clearArray: true);
        }
    }

    // The transcoder writes to memory. The text gets its secrets there.
    private static async Task SendAsync(HttpContext context, RequestDelegate next, JsonSecrets secrets)
    {
        var original = context.Response.Body;
        await using var body = new JsonResponseBody(original, secrets);
        context.Response.Body = body;
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            await body.SendAsync(context.RequestAborted);
        }
        finally
        {
            context.Response.Body = original;
            secrets.Clear();
        }
    }

    private static CallFailure? FindProblem(
        IQueryCollection query, MessageDescriptor type, bool hasBody, HashSet<FieldDescriptor> bound)
    {
        const int MaxNameSize = 100;
        if (query.Count == 0)
        {
            return null;
        }

        var bad = new BadFields();
        foreach (var (name, values) in query)
        {
            if (hasBody)
            {
                bad.Add(ErrorText.Shorten(name, MaxNameSize), "This method has no parameters in the URL. Write the field in the body.");
            }
            else if (JsonFields.Find(type, name) is not { } field || bound.Contains(field))
            {
                bad.Add(ErrorText.Shorten(name, MaxNameSize), $"{type.FullName} has no such parameter.");
            }
            else if (values.Count > 1 && !field.IsRepeated)
            {
                bad.Add(field.Name, "It is there twice. Write it once.");
            }
            else if (values.Select(value => JsonFields.FindProblem(value ?? "", field)).FirstOrDefault(found => found is not null) is { } found)
            {
                bad.Add(field.Name, found);
            }
        }

        return bad.Any ? bad.ToFailure() : null;
    }

    private CallFailure WrongPort() => new(StatusCode.Unimplemented, Reason.WrongPort, _isTls
        ? "This port does not serve JSON. Send the request to the gRPC port, the address of Rke:Grpc:Url, with https://."
        : "This is the gRPC port. Send JSON to the HTTP port, the address of Rke:Http:Url.");

    private CallFailure TooLarge() => new(
        StatusCode.ResourceExhausted,
        Reason.MessageTooLarge,
        $"The body is larger than {_maxSize} bytes. Send less, or raise Rke:Grpc:MaxMessageSize.");
}
