using System.Security.Cryptography;
using System.Text;

namespace Rke.Cli.Tests;

/// <summary>The key store of rkectl, with a gateway that makes sessions with itself.</summary>
public sealed class KeyStoreTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Store => _folder["store"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Both_sides_add_and_rotate_the_key_of_a_session()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var made = (await RunAsync("add", "shop", "--receiver", gateway.Listener, "--gateway", gateway.Address, "--lifetime", "30d", "--json"))
            .Expect(0).OutJson;
        var id = made.Text("id");
        var claimed = (await Rkectl.RunAsync(
            "keys", "add", "client", "--session", id, "--gateway", gateway.Address, "--store", _folder["other"], "--json")).Expect(0).OutJson;
        Assert.Equal((id, made.Text("key_fingerprint")), (claimed.Text("id"), claimed.Text("key_fingerprint")));
        Assert.EndsWith("Z", made.Text("expires"), StringComparison.Ordinal);
        Assert.Null(claimed["expires"]);
        Assert.Null(made["key"]);

        // The files of both sides.
        var file = Path.Combine(Store, "encryption", "shop.key");
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        Assert.Equal([file], Directory.GetFiles(Path.Combine(Store, "encryption")));
        var key = (await RunAsync("show", "shop", "--reveal", "--json")).Expect(0).OutJson["files"]![0]!.Text("key");
        Assert.Equal(64, key.Length);
        Assert.Contains($"\"key\": \"{key}\"", await File.ReadAllTextAsync(file, Cancelled));
        Assert.DoesNotContain(key, (await RunAsync("show", "shop")).Expect(0).Out);
        Assert.Equal(
            key,
            (await Rkectl.RunAsync("keys", "show", "client", "--reveal", "--json", "--store", _folder["other"])).Expect(0).OutJson["files"]![0]!.Text("key"));

        Assert.Contains("already", (await RunAsync("add", "shop", "--receiver", gateway.Listener, "--gateway", gateway.Address)).Expect(5).Error);
        (await RunAsync("rotate", "shop", "--receiver", gateway.Listener, "--gateway", gateway.Address, "--overlap", "60d")).Expect(0);
        var shown = (await RunAsync("show", "shop", "shop.previous", "--reveal", "--json")).Expect(0).OutJson["files"]!;
        Assert.NotEqual(key, shown[0]!.Text("key"));
        Assert.Equal((key, "valid"), (shown[1]!.Text("key"), shown[1]!.Text("state")));

        // The overlap does not extend the lifetime of the old key.
        Assert.Equal(made.Text("expires"), shown[1]!.Text("expires"));
        Assert.Contains("no key of 'other' to rotate", (await RunAsync("rotate", "other", "--receiver", gateway.Listener, "--gateway", gateway.Address)).Expect(4).Error);
    }

    [Fact]
    public async Task A_store_that_takes_no_key_costs_no_session()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var id = (await RunAsync("add", "shop", "--receiver", gateway.Listener, "--gateway", gateway.Address, "--json")).Expect(0).OutJson.Text("id");
        _folder.Write("broken", []);
        string[] claim = ["keys", "add", "client", "--session", id, "--gateway", gateway.Address, "--store"];

        var failed = await Rkectl.RunAsync([.. claim, _folder["broken"]]);
        Assert.Contains("cannot take a key", failed.Expect(2).Error);

        (await Rkectl.RunAsync([.. claim, _folder["other"]])).Expect(0);
    }

    [Fact]
    public void A_file_is_never_written_into_a_file_of_another_user()
    {
        var draft = _folder.Write($".key.{Environment.ProcessId}.new", []);
        File.SetUnixFileMode(draft, OwnerOnly | UnixFileMode.OtherRead);

        AtomicFile.Write(_folder["key"], [1, 2, 3]);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["key"]));
        Assert.Empty(File.ReadAllBytes(draft));
    }

    [Fact]
    public async Task An_encryption_key_is_imported_and_exported_in_each_form()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        foreach (var (name, content) in new (string, byte[])[]
        {
            ("hex", Encoding.ASCII.GetBytes(Convert.ToHexString(key) + "\n")),
            ("base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n")),
            ("raw", key),
        })
        {
            (await RunAsync("import", _folder.Write($"{name}.in", content), "--peer", name, "--id", "their-7")).Expect(0);
            (await RunAsync("export", name, "--as", name, "--out", _folder[$"{name}.out"])).Expect(0);
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder[$"{name}.out"]));
            var exported = await File.ReadAllBytesAsync(_folder[$"{name}.out"], Cancelled);
            Assert.Equal(Encoding.ASCII.GetString(content), Encoding.ASCII.GetString(exported), ignoreCase: name == "hex");
        }

        Assert.Contains("already", (await RunAsync("import", _folder["raw.in"], "--peer", "raw")).Expect(5).Error);
        Assert.Contains("has no key of 32 bytes", (await RunAsync("import", _folder.Write("short", key[1..]), "--peer", "other")).Expect(3).Error);
        Assert.Contains("is for coins", (await RunAsync("export", "raw", "--as", "json", "--out", _folder["x"])).Expect(2).Error);
        Assert.Contains("is not the name of a peer", (await RunAsync("import", _folder["raw.in"], "--peer", "../x")).Expect(2).Error);
        Assert.Contains("There is no key 'unknown'", (await RunAsync("export", "unknown", "--out", _folder["x"])).Expect(4).Error);
        Assert.False(File.Exists(_folder["x"]));
    }

    [Fact]
    public async Task Coins_of_several_formats_are_imported_and_a_wrong_file_does_not_stop_the_others()
    {
        (await Rkectl.RunAsync("keys", "make", _folder["two.bin"], "--coins", "2", "--first-serial", "1000", "--format", "A")).Expect(0);
        var lines = _folder.Write("0007FD01020304.key", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("00112233445566778899aabbccddeeff\n", 25))));
        var bad = _folder.Write("bad", new byte[40]);
        var identity = _folder.Write("identity", new byte[440]);
        var run = await RunAsync("import", bad, _folder["two.bin"], lines, identity, "--json");
        Assert.Equal(
            ["6/1/1000", "6/1/1001", "7/-3/16909060"], run.Expect(3).OutJson["imported"]!.AsArray().Select(coin => coin!.Text("name")));
        Assert.Equal([bad, identity], run.ErrorJson["fields"]!.AsArray().Select(field => field!.Text("field")));
        (await RunAsync("import", identity, "--coin", "1/5", "--network", "8")).Expect(0);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(Store, "raida", "8", "1.5.bin")));

        // A gateway reads the folder of a network.
        (await Rkectl.RunAsync("keys", "show", Path.Combine(Store, "raida", "6", "1.1000.bin"))).Expect(0);
        var numbers = (await RunAsync("show", "7/-3/16909060", "--reveal", "--json")).Expect(0).OutJson["files"]![0]!["ans"]!.AsArray();
        Assert.Equal(25, numbers.Count);
        Assert.All(numbers, number => Assert.Equal("00112233445566778899aabbccddeeff", (string)number!));

        (await RunAsync("export", "6/1/1000", "6/1/1001", "--out", _folder["out.bin"])).Expect(0);
        Assert.True(Wire.KeyFile.TryRead(await File.ReadAllBytesAsync(_folder["out.bin"], Cancelled), out var file, out _));
        Assert.Equal(2, file.Coins.Count);
        foreach (var form in new[] { "json", "lines" })
        {
            (await RunAsync("export", "7/-3/16909060", "--as", form, "--out", _folder[$"coin.{form}"])).Expect(0);
            (await RunAsync("import", _folder[$"coin.{form}"], "--coin", "-3/16909060", "--network", "9")).Expect(0);
        }

        Assert.Contains("of one network", (await RunAsync("export", "6/1/1000", "7/-3/16909060", "--out", _folder["x"])).Expect(2).Error);
    }

    [Fact]
    public async Task An_encrypted_file_needs_its_key()
    {
        (await Rkectl.RunAsync("keys", "make", _folder["plain.bin"])).Expect(0);
        var file = await File.ReadAllBytesAsync(_folder["plain.bin"], Cancelled);
        var key = RandomNumberGenerator.GetBytes(32);
        file[5] = 4;
        SHA256.HashData(key).AsSpan(0, 7).CopyTo(file.AsSpan(8));
        using var aes = Aes.Create();
        aes.Key = key;
        for (var index = 32; index < file.Length; index++)
        {
            var counter = new byte[16];
            counter[15] = (byte)((index - 32) / 16);
            file[index] ^= aes.EncryptEcb(counter, PaddingMode.None)[(index - 32) % 16];
        }

        var encrypted = _folder.Write("encrypted.bin", file);
        Assert.Contains("give its key with --file-key", (await RunAsync("import", encrypted)).Expect(3).Error);
        var wrong = _folder.Write("wrong", Encoding.ASCII.GetBytes(new string('0', 64)));
        Assert.Contains("--file-key has another key", (await RunAsync("import", encrypted, "--file-key", wrong)).Expect(3).Error);
        var right = _folder.Write("right", Encoding.ASCII.GetBytes(Convert.ToHexString(key)));
        (await RunAsync("import", encrypted, "--file-key", right)).Expect(0);
        (await RunAsync("export", "6/1/1", "--out", _folder["out.bin"])).Expect(0);
        Assert.Equal(
            Convert.ToHexString(await File.ReadAllBytesAsync(_folder["plain.bin"], Cancelled)),
            Convert.ToHexString(await File.ReadAllBytesAsync(_folder["out.bin"], Cancelled)));
    }

    [Fact]
    public async Task A_damaged_file_is_reported_and_the_others_are_listed()
    {
        foreach (var peer in new[] { "good", "bad", "moved", "open" })
        {
            (await RunAsync("import", _folder.Write(peer, RandomNumberGenerator.GetBytes(32)), "--peer", peer)).Expect(0);
        }

        (await Rkectl.RunAsync("keys", "make", _folder["coin.bin"])).Expect(0);
        (await RunAsync("import", _folder["coin.bin"])).Expect(0);
        var bad = Path.Combine(Store, "encryption", "bad.key");
        var text = await File.ReadAllTextAsync(bad, Cancelled);
        var at = text.IndexOf("\"key\": \"", StringComparison.Ordinal) + 8;
        await File.WriteAllTextAsync(bad, text[..at] + (text[at] == '0' ? '1' : '0') + text[(at + 1)..], Cancelled);
        File.Move(Path.Combine(Store, "encryption", "moved.key"), Path.Combine(Store, "encryption", "away.key"));
        File.SetUnixFileMode(Path.Combine(Store, "encryption", "open.key"), OwnerOnly | UnixFileMode.GroupRead);
        await File.WriteAllBytesAsync(Path.Combine(Store, "raida", "6", "1.2.bin"), new byte[50], Cancelled);
        await File.WriteAllTextAsync(Path.Combine(Store, "encryption", ".half.key.1.new"), "half", Cancelled);

        var run = await RunAsync("list", "--json");
        Assert.Equal(
            [
                ("away", "damaged"), ("bad", "damaged"), ("good", "valid"), ("open", "open to other users"),
                ("6/1/1", "valid"), ("6/1/2", "damaged"),
            ],
            run.Expect(3).OutJson["keys"]!.AsArray().Select(key => (key!.Text("name"), key!.Text("state"))));
        Assert.Equal(3, run.ErrorJson["fields"]!.AsArray().Count);
        var plain = await RunAsync("list");
        Assert.Contains("good", plain.Expect(3).Out);
        Assert.Contains("the file is damaged", plain.Error);
        Assert.Contains("the file has the key of moved", plain.Error);
        Assert.Contains("cannot be used", (await RunAsync("show", "bad")).Expect(3).Error);
        Assert.Contains("cannot be used", (await RunAsync("export", "bad", "--out", _folder["x"])).Expect(3).Error);
        (await RunAsync("show", "good", "6/1/1")).Expect(0);
    }

    [Fact]
    public async Task Keys_expire_and_named_keys_are_deleted()
    {
        foreach (var (peer, lifetime) in new[] { ("old", "1s"), ("young", "30d") })
        {
            (await RunAsync("import", _folder.Write(peer, RandomNumberGenerator.GetBytes(32)), "--peer", peer, "--lifetime", lifetime)).Expect(0);
        }

        await Eventually.IsTrueAsync(async () =>
            (await RunAsync("list", "--json")).Expect(0).OutJson["keys"]![0]!.Text("state") == "expired");
        Assert.Equal(["old"], Deleted(await RunAsync("expire", "--json")));
        Assert.Empty(Deleted(await RunAsync("expire", "--json")));
        Assert.Contains("There is no key 'old'", (await RunAsync("expire", "young", "old")).Expect(4).Error);
        Assert.Equal(["young"], Deleted(await RunAsync("expire", "young", "--json")));
        Assert.Empty(Directory.GetFiles(Path.Combine(Store, "encryption")));
        Assert.Contains("such as 12h", (await RunAsync("import", _folder["old"], "--peer", "x", "--lifetime", "soon")).Expect(2).Error);

        static IEnumerable<string> Deleted(RkectlRun run) =>
            run.Expect(0).OutJson["deleted"]!.AsArray().Select(name => (string)name!);
    }

    [Fact]
    public async Task The_folder_comes_from_the_environment_and_is_for_the_owner_only()
    {
        var file = _folder.Write("key", RandomNumberGenerator.GetBytes(32));
        (await Rkectl.RunAsync("", [("RKE_KEY_STORE", _folder["named"])], "keys", "import", file, "--peer", "shop")).Expect(0);
        Assert.True(File.Exists(Path.Combine(_folder["named"], "encryption", "shop.key")));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["named"]));
        (await RunAsync("list")).Expect(0);
    }

    private Task<RkectlRun> RunAsync(params string[] arguments) => Rkectl.RunAsync(["keys", .. arguments, "--store", Store]);
}
