using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class DeclaredLoggingTests
{
    [Fact]
    public void Each_feature_declares_its_messages_in_its_class_Log_and_block_of_event_ids() =>
        Assert.Empty(DeclaredLogging.Violations(
            ProductAssemblies.ByProject.Values.Distinct().SelectMany(assembly => assembly.GetTypes())));

    [Fact]
    public void Classes_Log_with_a_block_each_pass() =>
        Assert.Empty(DeclaredLogging.Violations([typeof(Log), typeof(Samples.NextBlock.Log)]));

    [Fact]
    public void A_message_outside_Log_is_found() => Assert.Single(DeclaredLogging.Violations([typeof(Service)]));

    [Fact]
    public void A_block_that_two_classes_use_is_found() =>
        Assert.Single(DeclaredLogging.Violations([typeof(Log), typeof(Samples.SameBlock.Log)]));

    [Fact]
    public void A_class_with_two_blocks_is_found() =>
        Assert.Single(DeclaredLogging.Violations([typeof(Samples.TwoBlocks.Log)]));

    [Fact]
    public void A_missing_id_is_found() => Assert.Equal(2, DeclaredLogging.Violations([typeof(LogWithoutId)]).Count());
}
