using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>Further settings.</summary>
internal static class Builders
{
    public static void Set(this WebApplicationBuilder builder, string key, string value) =>
        builder.Configuration.AddInMemoryCollection([new(key, value)]);

    public static void Allow(this WebApplicationBuilder builder, string targets) => builder.Set("Rke:Targets:Allow", targets);
}
