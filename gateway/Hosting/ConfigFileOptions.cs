namespace Rke.Gateway.Hosting;

/// <summary>The option of section <c>Rke</c> that names a configuration file. <see cref="Defaults"/> reads it.</summary>
internal sealed record ConfigFileOptions
{
    /// <summary>Path of a configuration file. <c>--config PATH</c> has the same effect.</summary>
    public string? Config { get; set; }
}
