using System.IO.Pipelines;

namespace Rke.Gateway.Hosting;

/// <summary>A connection's two ways, which end when <see cref="LingeringClose"/> ends them.</summary>
internal sealed class HeldTransport(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
