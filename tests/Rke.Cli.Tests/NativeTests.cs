using System.Security.Cryptography.X509Certificates;

namespace Rke.Cli.Tests;

/// <summary>The native rkectl against gateway processes.</summary>
public class NativeTests(NativeProgram native) : IClassFixture<NativeProgram>
{
    [Fact]
    public void It_is_one_file() => Assert.Equal(["rkectl"], native.Files);

    [Fact]
    public async Task It_posts_and_gets_a_part()
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await LocalGateway.StartAsync();
        var run = await native.RunAsync(
            gateway.Address, "post", "--raida", "14", "--random", "16", "--save-part", folder["sent"], "--json");
        var id = run.Expect(0).OutJson.Text("key_id");
        run = await native.RunAsync(gateway.Address, "get", "--raida", "14", "--key-id", id, "--out", folder["received"]);
        Assert.Contains($"key id          {id}", run.Expect(0).Out);
        Assert.Equal(
            await File.ReadAllBytesAsync(folder["sent"], TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(folder["received"], TestContext.Current.CancellationToken));
        (await native.RunAsync(gateway.Address, "check")).Expect(0);
        (await native.RunAsync(gateway.Address, "doctor", "--json")).Expect(0);
    }

    [Fact]
    public async Task A_tool_package_installs_the_same_program()
    {
        await using var gateway = await LocalGateway.StartAsync();
        (await native.RunToolAsync(gateway.Address, "check")).Expect(0);
        Assert.Equal(
            (await native.RunAsync(gateway.Address, "--version")).Expect(0).Out,
            (await native.RunToolAsync(gateway.Address, "--version")).Expect(0).Out);
    }

    [Fact]
    public async Task It_makes_and_claims_a_session()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var run = await native.RunAsync(gateway.Address, "session", "initiate", gateway.Listener);
        Assert.Contains("part posted      part 3 on key server", run.Expect(0).Out);
        run = await native.RunAsync(gateway.Address, "session", "watch", "--count", "1", "--json");
        var id = run.Expect(0).OutJson.Text("session_id");
        Assert.Equal("waiting", (await native.RunAsync(gateway.Address, "session", "show", id, "--json")).OutJson.Text("state"));
        run = await native.RunAsync(gateway.Address, "session", "claim", id, "--show-key", "--json");
        Assert.Equal(64, run.Expect(0).OutJson.Text("key").Length);
    }

    [Fact]
    public async Task It_prints_errors_with_their_exit_codes()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var run = await native.RunAsync(gateway.Address, "post", "--raida", "25", "--part", "00", "--json");
        Assert.Equal("INVALID_FIELD", run.Expect(3).ErrorJson.Text("reason"));
        Assert.Equal(
            ["key_part", "raida_id"],
            run.ErrorJson["fields"]!.AsArray().Select(field => field!.Text("field")).Order());
        run = await native.RunAsync(gateway.Address, "get", "--raida", "1", "--hash", new string('0', 32));
        Assert.Contains("[KEY_NOT_FOUND]", run.Expect(4).Error);
        run = await native.RunAsync("http://127.0.0.1:1", "lookup", "example.com");
        Assert.Contains("http://127.0.0.1:1 refuses the connection.", run.Expect(7).Error);
        (await native.RunAsync(gateway.Address, "lookup")).Expect(2);
    }

    [Fact]
    public async Task It_uses_certificates()
    {
        using var authority = new TestAuthority();
        using var tls = new TlsFolder();
        tls.Write(authority.SignServer());
        tls.WriteAuthorities(authority.Certificate);
        using var client = authority.SignClient("spiffe://example.org/ns/shop");
        tls.WriteFile(
            "client.pem",
            $"{client.ExportCertificatePem()}\n{client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n");
        await using var gateway = await LocalGateway.StartAsync(tls.Settings(isMutual: true));

        string[] check = ["check", "--raida", "5", "--cacert", tls.Authorities];
        (await native.RunAsync(gateway.Address, [.. check, "--cert", tls.PathOf("client.pem")])).Expect(0);
        Assert.Contains("requires a client certificate", (await native.RunAsync(gateway.Address, check)).Expect(7).Error);
        Assert.Contains("is not a trusted authority", (await native.RunAsync(gateway.Address, "check")).Expect(7).Error);
    }

    [Fact]
    public async Task It_decodes_frames_and_completes_command_lines()
    {
        var run = await native.RunAsync("", "frame", "decode", "0102", "--json");
        Assert.False((bool)run.Expect(3).OutJson["valid"]!);
        Assert.Contains("decode", (await native.RunAsync("", "[suggest:13]", "rkectl frame ")).Expect(0).Out);
        Assert.Contains("--request-frame", (await native.RunAsync("", "frame", "decode", "--help")).Expect(0).Out);
    }
}
