namespace Rke.Gateway.Reload;

/// <summary>Something that is read from files, and read again when they change.</summary>
internal interface IReloadable
{
    /// <summary>How metrics and logs name it.</summary>
    string Name { get; }

    /// <summary>The files that it is read from.</summary>
    IReadOnlyList<string> Paths { get; }

    /// <summary>What was read and waits for a restart of the gateway; null = nothing.</summary>
    string? Waiting => null;

    /// <summary>Reads them. What is wrong is told, with the file and the fix; then all stays as it was.</summary>
    /// <returns>Null when it is in force now.</returns>
    string? TryLoad();
}
