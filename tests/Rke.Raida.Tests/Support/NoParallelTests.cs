namespace Rke.Raida.Tests.Support;

/// <summary>Tests that measure the memory of the process run alone.</summary>
[CollectionDefinition(nameof(NoParallelTests), DisableParallelization = true)]
public sealed class NoParallelTests;
