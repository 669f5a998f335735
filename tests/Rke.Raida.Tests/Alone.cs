namespace Rke.Raida.Tests;

/// <summary>Tests that measure the process run while no other one does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
