using Grpc.Core;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Quotas;

/// <summary>
/// The name that a call is counted under: the authenticated identity; else the header <see cref="Header"/>, if it is
/// trusted; else <c>anonymous</c>.
/// </summary>
internal static class QuotaCaller
{
    public const string Header = "x-rke-client";

    private const int MaxLength = 256;

    public static string Of(ServerCallContext context, bool trustHeader)
    {
        var http = context.GetHttpContext();
        var identity = CallerIdentity.Of(http);
        return !identity.IsKnown && trustHeader && http.Request.Headers[Header] is [{ Length: > 0 and <= MaxLength } name]
            ? name
            : identity.Name;
    }
}
