namespace Rke.Cli;

/// <summary>A program or a file that uses the keys of a peer.</summary>
internal interface IKeyDestination
{
    /// <summary>Describes the destination in messages.</summary>
    string Name { get; }

    /// <summary>Fails if the destination could not get a key now.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Gives the keys to the destination. The call can be repeated with the same keys.</summary>
    Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken);
}

/// <summary>The keys of a destination.</summary>
/// <param name="Active">The key to use.</param>
/// <param name="Accepted">Other keys that the other end can use at the moment: the next key and the one before.</param>
internal sealed record DestinationKeys(AgentKey Active, IReadOnlyList<AgentKey> Accepted);

/// <summary>A destination did not get its keys.</summary>
internal sealed class DestinationException(string message) : Exception(message);
