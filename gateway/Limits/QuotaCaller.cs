using Grpc.Core;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Limits;

/// <summary>Whose quota a call counts for: of whoever proved a name, then whom a trusted header says, then nobody's.</summary>
internal static class QuotaCaller
{
    public const string Header = "x-rke-client";

    private const int MostLength = 256;

    public static string Of(ServerCallContext context, bool trustHeader)
    {
        var http = context.GetHttpContext();
        var identity = CallerIdentity.Of(http);
        return !identity.IsKnown && trustHeader && http.Request.Headers[Header] is [{ Length: > 0 and <= MostLength } name]
            ? name
            : identity.Name;
    }
}
