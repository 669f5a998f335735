using System.Reflection.Emit;
using Microsoft.Extensions.Logging;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class DeclaredLoggingTests
{
    [Fact]
    public void Log_messages_are_declared_once_with_stable_ids() =>
        Assert.Empty(Repository.ProductProjects().SelectMany(project =>
            DeclaredLogging.Violations(AssemblyFacts.Of(project.AssemblyPath))
                .Select(violation => $"{project.Name}: {violation}")));

    [Fact]
    public void A_direct_call_is_found() =>
        Assert.Single(DeclaredLogging.Violations(
            SampleAssembly.Calling(typeof(LoggerExtensions), nameof(LoggerExtensions.LogWarning))));

    [Fact]
    public void Distinct_ids_in_one_class_pass() =>
        Assert.Empty(DeclaredLogging.Violations(SampleAssembly.Declaring(("Rke.Log", [Message(1), Message(2)]))));

    [Fact]
    public void A_shared_id_is_found() =>
        Assert.Single(DeclaredLogging.Violations(
            SampleAssembly.Declaring(("Rke.Log", [Message(1), NamedMessage(1)]))));

    [Fact]
    public void A_missing_id_is_found() =>
        Assert.Single(DeclaredLogging.Violations(SampleAssembly.Declaring(("Rke.Log", [MessageWithoutId()]))));

    [Fact]
    public void A_message_outside_Log_is_found() =>
        Assert.Single(DeclaredLogging.Violations(SampleAssembly.Declaring(("Rke.Service", [Message(1)]))));

    [Fact]
    public void A_second_Log_is_found() =>
        Assert.Single(DeclaredLogging.Violations(
            SampleAssembly.Declaring(("Rke.Log", [Message(1)]), ("Rke.Other.Log", [Message(2)]))));

    private static CustomAttributeBuilder Message(int id) =>
        new(
            typeof(LoggerMessageAttribute).GetConstructor([typeof(int), typeof(LogLevel), typeof(string)])!,
            [id, LogLevel.Information, "text"]);

    private static CustomAttributeBuilder NamedMessage(int id) =>
        new(
            typeof(LoggerMessageAttribute).GetConstructor([])!,
            [],
            [typeof(LoggerMessageAttribute).GetProperty(nameof(LoggerMessageAttribute.EventId))!],
            [id]);

    private static CustomAttributeBuilder MessageWithoutId() =>
        new(typeof(LoggerMessageAttribute).GetConstructor([typeof(LogLevel)])!, [LogLevel.Information]);
}
