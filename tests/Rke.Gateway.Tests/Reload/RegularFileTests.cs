using System.Security.Cryptography;
using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;
using Rke.Gateway.Tests.Identity;

namespace Rke.Gateway.Tests.Reload;

/// <summary>Files that cannot be read: FIFOs, devices, folders, and files that are too long.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _folder = new();

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(UnusableEntry.DanglingLink, "cannot be read: Could not find file")]
    [InlineData(UnusableEntry.LinkLoop, "cannot be read: Too many levels of symbolic links")]
    [InlineData(UnusableEntry.Fifo, "is empty, or is not a regular file")]
    [InlineData(UnusableEntry.LinkToFifo, "is empty, or is not a regular file")]
    [InlineData(UnusableEntry.Device, "is empty, or is not a regular file")]
    [InlineData(UnusableEntry.Socket, "is empty, or is not a regular file")]
    [InlineData(UnusableEntry.HugeFile, "has 8589934592 bytes; at most 10 are allowed")]
    [InlineData(UnusableEntry.EmptyFile, "is empty, or is not a regular file")]
    [InlineData(UnusableEntry.Folder, "is a folder, not a file")]
    [InlineData(UnusableEntry.LinkToFolder, "is a folder, not a file")]
    public async Task An_entry_that_is_not_a_file_is_a_problem(UnusableEntry kind, string expected)
    {
        await UnusableEntries.MakeAsync(kind, _folder.PathOf("entry"));
        Assert.Null(RegularFile.TryRead(_folder.PathOf("entry"), 10, out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_and_a_link_to_a_file_are_read()
    {
        _folder.WriteFile("file", "0123456789");
        File.CreateSymbolicLink(_folder.PathOf("link"), "file");
        Assert.Equal("0123456789"u8, RegularFile.TryRead(_folder.PathOf("link"), 10, out _)!);
        Assert.Equal("0123456789", RegularFile.TryReadText(_folder.PathOf("file"), 10, out _));
        Assert.Null(RegularFile.TryRead(_folder.PathOf("link"), 9, out _));
    }

    [Theory]
    [InlineData("tls.crt")]
    [InlineData("tls.key")]
    [InlineData("ca.crt")]
    [InlineData("policy.json")]
    [InlineData("tokens.json")]
    [InlineData("sealing")]
    [InlineData("settings.json")]
    public async Task A_FIFO_in_place_of_a_file_is_refused_and_other_files_are_still_reloaded(string name)
    {
        using var certificate = _authority.SignServer();
        _folder.Write(certificate);
        _folder.WriteAuthorities(_authority.Certificate);
        WritePolicy("*");
        using var signer = new TokenSigner("ES256");
        _folder.WriteFile("tokens.json", signer.KeySet);
        _folder.WriteFile("sealing", RandomNumberGenerator.GetHexString(64));
        _folder.WriteFile("settings.json", "{}");
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using (var gateway = await StartAsync(network))
        {
            await ReplaceByFifoAsync(name);
            await Eventually.IsTrueAsync(async () => (await ReadyPageAsync(gateway)).Contains(
                $"'{_folder.PathOf(name)}' is empty, or is not a regular file", StringComparison.Ordinal));

            // The policy is reloaded, or the settings if the policy is the FIFO.
            var other = name == "policy.json" ? "settings" : "policy";
            if (other == "policy")
            {
                WritePolicy("anonymous");
            }
            else
            {
                _folder.WriteFile("settings.json", """{ "Rke": { "Grpc": { "MaxCalls": 77 } } }""");
            }

            await Eventually.IsTrueAsync(() => gateway.Logs.Lines.Any(line =>
                line.Contains($"The gateway reloaded {other}", StringComparison.Ordinal)));
        }

        if (name != "settings.json")
        {
            var refused = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(network));
            Assert.Contains(refused.Problems, problem => problem.Contains(_folder.PathOf(name), StringComparison.Ordinal));
        }
    }

    private static async Task<string> ReadyPageAsync(RunningGateway gateway) =>
        await gateway.ReadinessAsync();

    private void WritePolicy(string caller) => _folder.WriteFile(
        "policy.json", $$"""{ "rules": [ { "callers": ["{{caller}}"], "methods": ["*"] } ] }""");

    private async Task ReplaceByFifoAsync(string name)
    {
        await UnusableEntries.MakeAsync(UnusableEntry.Fifo, _folder.PathOf("fifo"));
        File.Move(_folder.PathOf("fifo"), _folder.PathOf(name), overwrite: true);
    }

    private Task<RunningGateway> StartAsync(TestNetwork network) =>
        RunningGateway.StartAsync(Settings(network), configure: null, "--config", _folder.PathOf("settings.json"));

    private Dictionary<string, string?> Settings(TestNetwork network) => new(
        network.Settings().Concat(_folder.Settings(isMutual: true)), StringComparer.Ordinal)
    {
        ["Rke:Policy:Path"] = _folder.PathOf("policy.json"),
        ["Rke:Identity:Jwt:Keys"] = _folder.PathOf("tokens.json"),
        ["Rke:Identity:Jwt:Issuer"] = "issuer",
        ["Rke:Identity:Jwt:Audience"] = "gateway",
        ["Rke:Sessions:SealingKey"] = _folder.PathOf("sealing"),
    };
}
