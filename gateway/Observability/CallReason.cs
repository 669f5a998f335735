namespace Rke.Gateway.Observability;

/// <summary>The stable reason that a call failed with, noted on its request for whoever counts.</summary>
internal sealed class CallReason(string reason)
{
    public static string? Of(HttpContext context) => context.Features.Get<CallReason>()?.Text;

    public static void Note(HttpContext context, string reason) => context.Features.Set(new CallReason(reason));

    private string Text => reason;
}
