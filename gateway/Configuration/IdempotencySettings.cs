namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Idempotency</c>.</summary>
/// <param name="Keep">How long an answer is given again for the same idempotency key.</param>
/// <param name="Capacity">Answers kept in this process; when full the oldest goes first.</param>
internal sealed record IdempotencySettings(TimeSpan Keep, int Capacity)
{
    public static IdempotencySettings Read(SettingsReader reader) => new(
        reader.Time("Keep", TimeSpan.FromSeconds(1), TimeSpan.FromDays(31)) ?? TimeSpan.FromHours(1),
        reader.Number("Capacity", 1, 10_000_000) ?? 100_000);
}
