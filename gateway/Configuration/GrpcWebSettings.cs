namespace Rke.Gateway.Configuration;

/// <summary>Settings <c>Rke:Grpc:Web</c> and <c>Rke:Grpc:WebOrigins</c>: gRPC-Web for browsers.</summary>
/// <param name="IsEnabled">Whether gRPC-Web is served.</param>
/// <param name="Origins">Origins of pages that may call from another origin (CORS); <c>*</c> allows all.</param>
internal sealed record GrpcWebSettings(bool IsEnabled, IReadOnlyList<string> Origins)
{
    private const string AnyOrigin = "*";

    public bool AllowsAnyOrigin => Origins.Contains(AnyOrigin);

    public static GrpcWebSettings Read(SettingsReader reader)
    {
        var isEnabled = reader.Flag("Web") ?? false;
        var origins = new List<string>();
        foreach (var (key, text) in reader.List("WebOrigins"))
        {
            if (!isEnabled)
            {
                reader.Reject(key, "it has no effect without Rke:Grpc:Web", "set Rke:Grpc:Web to true, or remove it");
            }
            else if (text == AnyOrigin || IsOrigin(text))
            {
                origins.Add(text);
            }
            else
            {
                reader.Reject(key, $"'{text}' is not an origin", "write scheme, host and port, such as https://app.example.com, or *");
            }
        }

        return new(isEnabled, origins);
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && uri.GetLeftPart(UriPartial.Authority) == text;
}
