using System.Net;
using FsCheck;
using FsCheck.Fluent;

namespace Rke.Wire.Tests;

/// <summary>Generates random valid inputs for all messages.</summary>
internal static class WireGenerators
{
    public static Gen<WireProfile> Profile { get; } = Gen.Elements(WireProfile.Rke, WireProfile.Raidax);

    public static Gen<int> KeyLength { get; } = Gen.Elements(4, 8, 16, 24, 32, 40);

    public static Gen<ulong> Number { get; } = Bytes(8).Select(bytes => BitConverter.ToUInt64(bytes));

    public static Gen<CoinId> Coin { get; } = Bytes(5).Select(
        bytes => new CoinId((sbyte)bytes[0], BitConverter.ToUInt32(bytes, 1)));

    public static Gen<KeyId> KeyId { get; } = Bytes(16).Select(bytes => Wire.KeyId.Read(bytes));

    public static Gen<IPAddress> IPv4 { get; } = Bytes(4).Where(bytes => bytes[0] != 0).Select(
        bytes => new IPAddress(bytes));

    public static Gen<IPAddress> Address { get; } =
        Gen.OneOf(
            IPv4,
            Bytes(16).Where(bytes => bytes[0] != 0).Select(bytes => new IPAddress(bytes)),
            Gen.Constant(IPAddress.IPv6Loopback));

    public static Gen<SignalPart[]> Parts { get; } = (
        from hash in Bytes(16)
        from address in Address
        from port in Gen.Choose(1, 65535)
        select new SignalPart(KeyIdHash.Read(hash), new IPEndPoint(address, port))).NonEmptyListOf()
        .Select(parts => parts.Take(SignalPayload.MaxParts).ToArray());

    public static Gen<KeySlot[]> Slots { get; } = (
        from network in Gen.Choose(1, 65535)
        from raida in Gen.Choose(0, 24)
        from coin in Coin
        from id in KeyId
        select new KeySlot((ushort)network, (byte)raida, coin, id)).NonEmptyListOf()
        .Select(slots => slots.Take(ExchangeKeysPayload.MaxSlots).ToArray());

    public static Gen<ResponseIv> Iv { get; } = Gen.Elements(ResponseIv.Same, ResponseIv.Continued);

    public static Gen<Envelope> Envelope { get; } =
        from profile in Profile
        from raida in Gen.Choose(0, 24)
        from network in Gen.Choose(0, 65535)
        from coin in Coin
        from number in Bytes(16)
        from encrypted in Gen.Elements(true, false)
        from nonce in Number
        from challenge in Bytes(12)
        from time in Number
        from iv in Iv
        select new Envelope(
            new RequestAddress(profile, (ushort)network, (byte)raida, encrypted ? coin : default),
            encrypted ? new CoinCipher(AuthenticityNumber.Read(number)) : null,
            new Nonce(nonce),
            Challenge.Create(challenge),
            (uint)time,
            iv);

    public static Gen<byte[]> Bytes(int length) => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length);

    public static Gen<string> Name(WireProfile profile) =>
        from letters in Gen.Elements(
            (profile == WireProfile.Rke ? "azAZ09-._" : "azAZ09-.").ToCharArray()).NonEmptyListOf()
        select new string([.. letters.Take(NameLookupPayload.MaxNameLength)]);
}
