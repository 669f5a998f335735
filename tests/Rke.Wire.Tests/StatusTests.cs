namespace Rke.Wire.Tests;

/// <summary>Every documented status of every command in both profiles (docs/WIRE.md §5, §6, §8 and §10).</summary>
public class StatusTests
{
    private static readonly Dictionary<byte, WireStatus> PostKey = new()
    {
        [0] = WireStatus.Failed,
        [1] = WireStatus.Success,
        [3] = WireStatus.ClientAddressZero,
        [4] = WireStatus.ReceiverAddressZero,
        [5] = WireStatus.KeyStartInvalid,
        [6] = WireStatus.KeyLengthInvalid,
        [7] = WireStatus.CoinOverused,
        [8] = WireStatus.Offline,
    };

    private static readonly Dictionary<byte, WireStatus> GetKey = new()
    {
        [0] = WireStatus.Failed,
        [1] = WireStatus.Success,
        [2] = WireStatus.AuthenticationRequired,
        [3] = WireStatus.BadUser,
        [4] = WireStatus.BadPassword,
        [5] = WireStatus.AnonymousReceiverRefused,
        [6] = WireStatus.SenderNotFound,
        [7] = WireStatus.AuthenticityNumberReused,
        [8] = WireStatus.SenderBlocked,
        [9] = WireStatus.ReceiverBlocked,
        [10] = WireStatus.BlockedPanOrOffline,
        [12] = WireStatus.KeyNotFound,
    };

    private static readonly Dictionary<byte, WireStatus> NameLookup = new()
    {
        [0] = WireStatus.Failed,
        [1] = WireStatus.Success,
        [184] = WireStatus.NoSuchRecord,
        [185] = WireStatus.NoSuchName,
    };

    private static readonly Dictionary<byte, WireStatus> ExchangeKeys = new()
    {
        [0] = WireStatus.Failed,
        [1] = WireStatus.Success,
        [2] = WireStatus.KeysPartlyCollected,
        [3] = WireStatus.KeyResumed,
        [10] = WireStatus.Offline,
    };

    private static readonly Dictionary<byte, WireStatus> Account = new()
    {
        [0] = WireStatus.Failed,
        [1] = WireStatus.Success,
        [2] = WireStatus.AccountInUse,
        [3] = WireStatus.AccountOutOfRange,
        [4] = WireStatus.CoinCounterfeit,
        [5] = WireStatus.CoinNotValuable,
        [6] = WireStatus.PaidAccountNotOffered,
        [7] = WireStatus.AccountRequestRate,
        [10] = WireStatus.Offline,
    };

    private static readonly Dictionary<byte, WireStatus> Other = new()
    {
        [0] = WireStatus.Failed,
        [1] = WireStatus.Success,
    };

    private static readonly Dictionary<byte, WireStatus> Header = new()
    {
        [255] = WireStatus.RoutingVersionWrong,
        [2] = WireStatus.SplitWrong,
        [3] = WireStatus.RaidaIdWrong,
        [4] = WireStatus.ShardWrong,
        [5] = WireStatus.GroupUnknown,
        [6] = WireStatus.CommandUnknown,
        [7] = WireStatus.NetworkWrong,
        [16] = WireStatus.LengthWrong,
        [25] = WireStatus.CoinNotFound,
        [27] = WireStatus.EncryptionTypeWrong,
        [33] = WireStatus.TrailerWrong,
        [36] = WireStatus.BodyEmpty,
        [37] = WireStatus.ChallengeWrong,
        [252] = WireStatus.Internal,
    };

    private static readonly Dictionary<byte, WireStatus> Raidax = new()
    {
        [250] = WireStatus.Success,
        [16] = WireStatus.LengthWrong,
        [33] = WireStatus.TrailerWrong,
        [34] = WireStatus.CoinNotFound,
        [37] = WireStatus.ChallengeWrong,
        [194] = WireStatus.KeyNotFound,
        [196] = WireStatus.KeyLengthInvalid,
        [255] = WireStatus.RoutingVersionWrong,
        [3] = WireStatus.RaidaIdWrong,
        [5] = WireStatus.GroupUnknown,
        [6] = WireStatus.CommandUnknown,
        [7] = WireStatus.NetworkWrong,
        [160] = WireStatus.RequestRate,
        [184] = WireStatus.NoSuchRecord,
        [185] = WireStatus.NoSuchName,
        [252] = WireStatus.Internal,
        [253] = WireStatus.Internal,
        [254] = WireStatus.Internal,
    };

    public static TheoryData<WireProfile, WireCommand> Commands
    {
        get
        {
            var data = new TheoryData<WireProfile, WireCommand>();
            foreach (var profile in Enum.GetValues<WireProfile>())
            {
                foreach (var command in CommandCode.CommandsOf(profile))
                {
                    data.Add(profile, command);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public void Every_byte_has_its_documented_meaning(WireProfile profile, WireCommand command)
    {
        var documented = Documented(profile, command);
        for (var value = 0; value <= byte.MaxValue; value++)
        {
            Assert.Equal(
                documented.GetValueOrDefault((byte)value),
                WireStatuses.Interpret(profile, command, isHeaderError: false, (byte)value));
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public void A_documented_status_round_trips(WireProfile profile, WireCommand command)
    {
        foreach (var status in Documented(profile, command).Values)
        {
            var (value, isHeaderError) = WireStatuses.Encode(profile, command, status);
            Assert.False(isHeaderError);
            Assert.Equal(status, WireStatuses.Interpret(profile, command, isHeaderError: false, value));
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public void Header_errors_have_their_own_list_in_the_rke_profile(WireProfile profile, WireCommand command)
    {
        if (profile == WireProfile.Raidax)
        {
            return;
        }

        for (var value = 0; value <= byte.MaxValue; value++)
        {
            var meaning = WireStatuses.Interpret(profile, command, isHeaderError: true, (byte)value);
            Assert.Equal(Header.GetValueOrDefault((byte)value), meaning);
            Assert.Equal(Header.ContainsKey((byte)value), WireStatuses.IsHeaderError((byte)value));
        }

        foreach (var (value, status) in Header.Where(error => !Documented(profile, command).ContainsValue(error.Value)))
        {
            Assert.Equal((value, true), WireStatuses.Encode(profile, command, status));
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public void Every_other_status_has_a_byte_that_is_not_success(WireProfile profile, WireCommand command)
    {
        foreach (var status in Enum.GetValues<WireStatus>().Where(status => status != WireStatus.Success))
        {
            var (value, isHeaderError) = WireStatuses.Encode(profile, command, status);
            var meaning = WireStatuses.Interpret(profile, command, isHeaderError, value);
            Assert.True(
                meaning is not WireStatus.Success and not WireStatus.Unknown, $"{status} is written as {value}");
        }
    }

    private static Dictionary<byte, WireStatus> Documented(WireProfile profile, WireCommand command) =>
        profile == WireProfile.Raidax ? Raidax : command switch
        {
            WireCommand.PostKey => PostKey,
            WireCommand.GetKey => GetKey,
            WireCommand.NameLookup => NameLookup,
            WireCommand.ExchangeKeys => ExchangeKeys,
            WireCommand.FreeAccount or WireCommand.PaidAccount => Account,
            _ => Other,
        };
}
