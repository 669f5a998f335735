using System.Text.Json;
using Google.Protobuf.Reflection;
using Rke.V1;

namespace Rke.Examples.Tests;

/// <summary>protos/service-config.json retries the methods that are safe to repeat, and no others.</summary>
public class ServiceConfigTests
{
    // A repeated call would post a second part, find its part deleted, or change what the first call did.
    private static readonly string[] Unsafe =
    [
        "RkeAccountService/OpenAccount",
        "RkeService/PostKey", "RkeService/GetKey", "RkeService/Signal",
        "RkeSessionService/InitiateSession", "RkeSessionService/InitiateSessionStream", "RkeSessionService/ClaimSession",
        "RkeSessionService/CloseSession",
    ];

    [Fact]
    public void The_config_names_exactly_the_methods_that_are_safe_to_repeat()
    {
        ServiceDescriptor[] services = [RkeService.Descriptor, RkeSessionService.Descriptor, RkeAdminService.Descriptor, RkeAccountService.Descriptor];
        var methods = services.SelectMany(service => service.Methods).ToLookup(method => method.Service.FullName);
        using var config = JsonDocument.Parse(Repository.Read("protos/service-config.json"));
        var named = config.RootElement.GetProperty("methodConfig").EnumerateArray()
            .Where(entry => entry.TryGetProperty("retryPolicy", out _))
            .SelectMany(entry => entry.GetProperty("name").EnumerateArray())
            .Where(name => name.GetProperty("service").GetString()!.StartsWith("rke.", StringComparison.Ordinal))
            .SelectMany(name => name.TryGetProperty("method", out var method)
                ? [$"{name.GetProperty("service").GetString()}/{method.GetString()}"]
                : methods[name.GetProperty("service").GetString()!].Select(each => $"{each.Service.FullName}/{each.Name}"));
        var all = services.SelectMany(service => service.Methods).Select(method => $"{method.Service.FullName}/{method.Name}");
        Assert.Equal(all.Except(Unsafe.Select(name => $"rke.v1.{name}")).Order(), named.Order());
    }
}
