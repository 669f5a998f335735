using System.Text;
using Rke.Fuzz.Driving;
using Rke.Gateway.Sessions.Store;

namespace Rke.Fuzz.Targets;

/// <summary>Cursors of WatchSessions and tokens of ListSessions, which callers send back.</summary>
internal sealed class SessionCursorTarget() : FuzzTarget("session-cursor")
{
    private static readonly StoreEpoch Epoch = new("5f0c1d2e", "secret");

    public override int MaxLength => 256;

    public override bool IsText => true;

    public override IReadOnlyList<byte[]> Words { get; } = [[.. "5f0c1d2e."u8], [.. "."u8], [.. "0af3"u8]];

    public override IEnumerable<byte[]> Seeds() =>
    [
        Encoding.ASCII.GetBytes(CursorText.Write(new(Epoch.Name, 42), Epoch, CursorPurpose.Watch)),
        Encoding.ASCII.GetBytes(CursorText.Write(new(Epoch.Name, ulong.MaxValue), Epoch, CursorPurpose.List)),
        [.. "a.00112233445566778899aabbccddeeff"u8],
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        foreach (var purpose in (CursorPurpose[])[CursorPurpose.Watch, CursorPurpose.List])
        {
            if (!CursorText.TryRead(text, Epoch, purpose, out var cursor))
            {
                PropertyViolation.Unless(cursor == SessionCursor.Start, "An invalid cursor has a position.");
            }
            else if (cursor.Epoch == Epoch.Name)
            {
                PropertyViolation.Unless(
                    string.Equals(CursorText.Write(cursor, Epoch, purpose), text, StringComparison.OrdinalIgnoreCase),
                    "A cursor changes when it is written and read.");
            }
            else
            {
                PropertyViolation.Unless(cursor.Number == 0, "A cursor of another epoch has a position.");
            }
        }
    }
}
