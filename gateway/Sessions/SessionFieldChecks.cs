using Rke.Gateway.Errors;

namespace Rke.Gateway.Sessions;

/// <summary>Checks the fields that InitiateSession and ClaimSession share.</summary>
internal static class SessionFieldChecks
{
    private const int MaxCount = 16;
    private const int MaxLength = 64;
    private const int MaxIdempotencyKey = 128;

    /// <summary>Adds the field <c>derive_labels</c> if it is invalid.</summary>
    public static void CheckLabels(this BadFields bad, IReadOnlyList<string> labels)
    {
        if (!bad.Check(labels.Count <= MaxCount, "derive_labels", $"must have at most {MaxCount} elements"))
        {
            return;
        }

        for (var index = 0; index < labels.Count; index++)
        {
            bad.Check(
                labels[index].Length is > 0 and <= MaxLength && labels[index].All(letter => letter is > ' ' and <= '~'),
                $"derive_labels[{index}]",
                $"must be 1 to {MaxLength} printable ASCII characters without spaces");
            bad.Check(!labels.Take(index).Contains(labels[index]), $"derive_labels[{index}]", "must differ from the other labels");
        }
    }

    /// <summary>Adds the field <c>idempotency_key</c> if it is too long.</summary>
    public static void CheckIdempotencyKey(this BadFields bad, string key) => bad.Check(
        key.Length <= MaxIdempotencyKey || key.EnumerateRunes().Count() <= MaxIdempotencyKey,
        "idempotency_key",
        $"must be at most {MaxIdempotencyKey} characters");
}
