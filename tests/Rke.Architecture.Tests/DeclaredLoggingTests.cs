using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class DeclaredLoggingTests
{
    [Fact]
    public void Log_messages_are_declared_in_one_class_with_explicit_ids() =>
        Assert.Empty(ProductAssemblies.ByProject.Values.SelectMany(assembly => DeclaredLogging.Violations(assembly.GetTypes())));

    [Fact]
    public void Messages_in_one_class_Log_pass() => Assert.Empty(DeclaredLogging.Violations([typeof(Log)]));

    [Fact]
    public void A_message_outside_Log_is_found() => Assert.Single(DeclaredLogging.Violations([typeof(Service)]));

    [Fact]
    public void A_second_class_with_messages_is_found() =>
        Assert.Equal(2, DeclaredLogging.Violations([typeof(Log), typeof(Service)]).Count());

    [Fact]
    public void A_missing_id_is_found() => Assert.Equal(2, DeclaredLogging.Violations([typeof(LogWithoutId)]).Count());
}
