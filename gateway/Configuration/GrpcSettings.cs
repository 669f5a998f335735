using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Grpc</c>.</summary>
/// <param name="Url">Where gRPC is served: HTTP/2, with TLS for https; HTTP/1.1 too for gRPC-Web with TLS.</param>
/// <param name="DefaultDeadline">How long a call may take whose caller sets no deadline.</param>
/// <param name="MaxCalls">Calls under way at the same time; more are refused at once.</param>
internal sealed record GrpcSettings(ListenUrl Url, TimeSpan DefaultDeadline, int MaxCalls)
{
    public static readonly ListenUrl DefaultUrl = new(IPAddress.Loopback, 5001);

    /// <summary>
    /// How long the gateway works for one call at most, whatever deadline its caller sets: a coin is held for as long as
    /// its post may still arrive, and a caller may say years.
    /// </summary>
    public static readonly TimeSpan LongestDeadline = TimeSpan.FromMinutes(10);

    public required ConnectionSettings Connections { get; init; }

    public required DrainSettings Drain { get; init; }

    /// <summary>The longest message that is read, in bytes.</summary>
    public required int MaxMessageSize { get; init; }

    public required GrpcWebSettings Web { get; init; }

    /// <summary>Whether the HTTP port serves gRPC-Web, because a gRPC port without TLS speaks only HTTP/2.</summary>
    public bool IsWebOnHttpPort => Web.IsEnabled && !Url.IsTls;

    /// <summary>Null = without TLS.</summary>
    public TlsSettings? Tls { get; init; }

    public static GrpcSettings Read(SettingsReader reader)
    {
        var url = reader.Read<ListenUrl>("Url", ListenUrl.TryParse, ListenUrl.Fix) ?? DefaultUrl;
        return Read(reader, url) with { Tls = TlsSettings.Read(reader.Section("Tls"), url.IsTls) };
    }

    private static GrpcSettings Read(SettingsReader reader, ListenUrl url) => new(
        url,
        reader.Time("DefaultDeadline", TimeSpan.FromMilliseconds(10), LongestDeadline) ?? TimeSpan.FromSeconds(5),
        reader.Number("MaxCalls", 1, 1_000_000) ?? 10_000)
    {
        Connections = ConnectionSettings.Read(reader),
        Drain = DrainSettings.Read(reader),
        Web = GrpcWebSettings.Read(reader),
        MaxMessageSize = reader.Number("MaxMessageSize", 1024, 64 << 20) ?? 64 << 10,
    };
}
