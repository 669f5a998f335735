using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Rke.Gateway.Configuration;

/// <summary>A section of the configuration, and the class of its options.</summary>
internal abstract class OptionsSection(string path)
{
    public string Path => path;

    public abstract Type Type { get; }

    /// <summary>Creates the options of a configuration.</summary>
    public abstract object Bind(OptionsBinder binder);

    /// <summary>Values that do not fit together: one line each, with the key and the fix.</summary>
    public abstract IEnumerable<string> Problems(object options);

    /// <summary>Adds <see cref="IOptions{TOptions}"/>, which never changes, and the source of IOptionsMonitor.</summary>
    public abstract void AddTo(IServiceCollection services, GatewayOptions atStart);
}

/// <inheritdoc/>
/// <param name="path">The path of the section, such as <c>Rke:Redis</c>.</param>
/// <param name="problems">Values of the section that do not fit together. Each line begins with a key of the section.</param>
internal sealed class OptionsSection<[DynamicallyAccessedMembers(
    DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(
    string path, Func<TOptions, IEnumerable<string>>? problems = null) : OptionsSection(path)
    where TOptions : class, new()
{
    public override Type Type => typeof(TOptions);

    public override object Bind(OptionsBinder binder)
    {
        var options = new TOptions();
        binder.Bind(options, Path);
        return options;
    }

    public override IEnumerable<string> Problems(object options) =>
        problems?.Invoke((TOptions)options).Select(problem => $"{Path}:{problem}") ?? [];

    public override void AddTo(IServiceCollection services, GatewayOptions atStart)
    {
        services.AddSingleton(Options.Create(atStart.Of<TOptions>()));
        services.AddSingleton<IOptionsFactory<TOptions>, CurrentOptions<TOptions>>();
        services.AddSingleton<IOptionsChangeTokenSource<TOptions>, CurrentOptions<TOptions>>();
    }
}
