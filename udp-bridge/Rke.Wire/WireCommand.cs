namespace Rke.Wire;

/// <summary>
/// The commands of RKE (docs/WIRE.md §5). Their codes on the wire depend on the profile: see <see cref="CommandCode"/>.
/// </summary>
public enum WireCommand
{
    Echo,
    PostKey,
    GetKey,
    Signal,
    NameLookup,

    // docs/WIRE.md §10. Only the rke profile has them.
    ExchangeKeys,
    FreeAccount,
    PaidAccount,
}

/// <summary>
/// The group and the number of a command in one profile (docs/WIRE.md §1). A new command needs a row in both tables
/// below.
/// </summary>
/// <param name="Group">Command group: byte 4 of a request, byte 3 of its response.</param>
/// <param name="Number">Command: byte 5 of a request.</param>
public readonly record struct CommandCode(byte Group, byte Number)
{
    private const byte StatusGroup = 0;
    private const byte KeyGroup = 4;
    private const byte NameGroup = 12;

    private static readonly WireCommand[] All = Enum.GetValues<WireCommand>();
    private static readonly WireCommand[] RaidaxCommands = [.. All.Where(command => command < WireCommand.ExchangeKeys)];

    /// <summary>The commands of a profile.</summary>
    public static IReadOnlyList<WireCommand> CommandsOf(WireProfile profile) =>
        profile == WireProfile.Rke ? All : RaidaxCommands;

    /// <summary>The code of a command in a profile.</summary>
    public static CommandCode Of(WireProfile profile, WireCommand command) => (profile, command) switch
    {
        (_, WireCommand.Echo) => new(StatusGroup, 0),
        (_, WireCommand.PostKey) => new(KeyGroup, 41),
        (WireProfile.Rke, WireCommand.GetKey) => new(KeyGroup, 42),
        (WireProfile.Raidax, WireCommand.GetKey) => new(KeyGroup, 43),
        (WireProfile.Rke, WireCommand.Signal) => new(KeyGroup, 43),
        (WireProfile.Raidax, WireCommand.Signal) => new(KeyGroup, 42),
        (_, WireCommand.NameLookup) => new(NameGroup, 120),
        (WireProfile.Rke, WireCommand.ExchangeKeys) => new(KeyGroup, 220),
        (WireProfile.Rke, WireCommand.FreeAccount) => new(KeyGroup, 230),
        (WireProfile.Rke, WireCommand.PaidAccount) => new(KeyGroup, 240),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>Finds the command with a code in a profile.</summary>
    public static bool TryFind(WireProfile profile, CommandCode code, out WireCommand command) =>
        TryFind(profile, code.Group, code.Number, out command, out _);

    /// <summary>Finds the command for bytes 4 and 5 of a request.</summary>
    internal static bool TryFind(
        WireProfile profile, byte group, byte number, out WireCommand command, out WireError error)
    {
        (var found, command, error) = (group, number) switch
        {
            (StatusGroup, 0) => (true, WireCommand.Echo, WireError.None),
            (KeyGroup, 41) => (true, WireCommand.PostKey, WireError.None),
            (KeyGroup, 42) => (
                true, profile == WireProfile.Rke ? WireCommand.GetKey : WireCommand.Signal, WireError.None),
            (KeyGroup, 43) => (
                true, profile == WireProfile.Rke ? WireCommand.Signal : WireCommand.GetKey, WireError.None),
            (NameGroup, 120) => (true, WireCommand.NameLookup, WireError.None),
            (KeyGroup, 220) when profile == WireProfile.Rke => (true, WireCommand.ExchangeKeys, WireError.None),
            (KeyGroup, 230) when profile == WireProfile.Rke => (true, WireCommand.FreeAccount, WireError.None),
            (KeyGroup, 240) when profile == WireProfile.Rke => (true, WireCommand.PaidAccount, WireError.None),
            (StatusGroup or KeyGroup or NameGroup, _) => (false, default, WireError.CommandUnknown),
            _ => (false, default(WireCommand), WireError.GroupUnknown),
        };
        return found;
    }
}
