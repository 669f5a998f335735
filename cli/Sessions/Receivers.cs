using Rke.V1;

namespace Rke.Cli;

/// <summary>Sets the receiver of a request: a domain, or a signalling service as HOST:PORT.</summary>
internal static class Receivers
{
    public static void SetReceiver(this InitiateSessionRequest request, string receiver)
    {
        if (OptionParsers.TryParseEndpoint(receiver, out var endpoint))
        {
            request.Endpoint = endpoint;
        }
        else
        {
            request.Domain = receiver;
        }
    }

    /// <inheritdoc cref="SetReceiver(InitiateSessionRequest, string)"/>
    public static void SetReceiver(this SignalRequest request, string receiver)
    {
        if (OptionParsers.TryParseEndpoint(receiver, out var endpoint))
        {
            request.Endpoint = endpoint;
        }
        else
        {
            request.Domain = receiver;
        }
    }
}
