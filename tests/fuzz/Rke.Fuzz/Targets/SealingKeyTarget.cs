using System.Text;
using Rke.Fuzz.Driving;
using Rke.Gateway.Sessions.Encryption;

namespace Rke.Fuzz.Targets;

/// <summary>Files of sealing keys. No problem text contains content of the file.</summary>
internal sealed class SealingKeyTarget() : FuzzTarget("sealing-keys")
{
    private const int QuotedLength = 12;

    public override bool IsText => true;

    // A line of 44 characters becomes a key object.
    public override long AllocationLimit(int inputLength) => (64 << 10) + (256L * inputLength);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (SealingKeyFile.TryParse(input, out var keys, out var problem))
        {
            PropertyViolation.Unless(problem.Length == 0 && keys.Count > 0, "A file without keys is accepted.");
            foreach (var key in keys)
            {
                key.CreateCipher().Dispose();
                key.Dispose();
            }

            return;
        }

        PropertyViolation.Unless(problem.Length > 0, "A rejected file has no problem.");
        for (var start = 0; start + QuotedLength <= input.Length; start += QuotedLength)
        {
            PropertyViolation.Unless(
                !problem.Contains(Encoding.Latin1.GetString(input.Slice(start, QuotedLength)), StringComparison.Ordinal),
                "The problem contains content of the file.");
        }
    }
}
