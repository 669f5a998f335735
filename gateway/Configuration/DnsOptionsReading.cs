using Rke.Gateway.Dns;

namespace Rke.Gateway.Configuration;

/// <summary>Finds at start what is wrong with the section that <see cref="DnsOptions"/> binds itself.</summary>
internal static class DnsOptionsReading
{
    public static IEnumerable<string> FindProblems(IConfiguration configuration)
    {
        var options = new DnsOptions();
        try
        {
            configuration.GetSection(DnsOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            // The binder names the key: a value that cannot be converted, or a key that does not exist.
            return [$"{DnsOptions.Section}: {(exception.InnerException ?? exception).Message} ({exception.Message})"];
        }

        return new DnsOptionsValidation().Validate(null, options).Failures ?? [];
    }
}
