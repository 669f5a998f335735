namespace Rke.Cli;

/// <summary>A post-quantum pre-shared key (RFC 8784) of strongSwan. The next IKE_SA uses it.</summary>
internal sealed class StrongSwanDestination(string socket, string ppkId) : IKeyDestination
{
    public string Name => $"strongswan '{ppkId}'";

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        using var connection = await ViciConnection.OpenAsync(socket, cancellationToken);
        await connection.CallAsync("version", new(), cancellationToken);
    }

    public async Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken)
    {
        using var connection = await ViciConnection.OpenAsync(socket, cancellationToken);
        using var message = new ViciMessage();
        message.Add("id", $"rke-{ppkId}");
        message.Add("type", "PPK");
        message.Add("data", keys.Active.Key);
        message.AddList("owners", ppkId);
        await connection.CallAsync("load-shared", message, cancellationToken);
    }
}
