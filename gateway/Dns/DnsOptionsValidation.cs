using Microsoft.Extensions.Options;

namespace Rke.Gateway.Dns;

/// <summary>Says at start which key is wrong and what to write instead.</summary>
internal sealed class DnsOptionsValidation : IValidateOptions<DnsOptions>
{
    private static readonly TimeSpan OneMinute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OneWeek = TimeSpan.FromDays(7);

    public ValidateOptionsResult Validate(string? name, DnsOptions options)
    {
        var errors = new List<string>();
        if (!ResolverList.TryParse(options.Resolver, out _, out var unreadable))
        {
            Add(errors, nameof(options.Resolver), unreadable,
                "write an address and a port such as 127.0.0.1:5353 or [::1]:53, up to 8 of them with commas, "
                + "or leave it empty for the system's resolvers");
        }

        if (!DnsVia.All.Contains(options.Via, StringComparer.OrdinalIgnoreCase))
        {
            Add(errors, nameof(options.Via), options.Via, $"write {string.Join(" or ", DnsVia.All)}");
        }

        CheckTime(errors, nameof(options.Timeout), options.Timeout, TimeSpan.FromMilliseconds(100), OneMinute);
        CheckTime(errors, nameof(options.FirstWait), options.FirstWait, TimeSpan.FromMilliseconds(10), OneMinute);
        CheckCount(errors, nameof(options.Rounds), options.Rounds, 10);
        CheckCount(errors, nameof(options.CacheSize), options.CacheSize, 1_000_000);
        CheckCount(errors, nameof(options.MaximumLookups), options.MaximumLookups, 100_000);
        CheckTime(errors, nameof(options.MinimumTtl), options.MinimumTtl, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(options.MaximumTtl), options.MaximumTtl, options.MinimumTtl, OneWeek);
        CheckTime(errors, nameof(options.MaximumNegativeTtl), options.MaximumNegativeTtl, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(options.RaidaTtl), options.RaidaTtl, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(options.FailurePause), options.FailurePause, TimeSpan.Zero, OneMinute);
        CheckTime(errors, nameof(options.StaleFor), options.StaleFor, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(options.StaleAfter), options.StaleAfter, TimeSpan.Zero, OneMinute);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckTime(List<string> errors, string key, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            Add(errors, key, value.ToString(), $"write a time from {least} to {most}");
        }
    }

    private static void CheckCount(List<string> errors, string key, int value, int most)
    {
        if (value < 1 || value > most)
        {
            Add(errors, key, $"{value}", $"write a number from 1 to {most}");
        }
    }

    private static void Add(List<string> errors, string key, string value, string fix) =>
        errors.Add($"{DnsOptions.Section}:{key} is '{value}': {fix}.");
}
