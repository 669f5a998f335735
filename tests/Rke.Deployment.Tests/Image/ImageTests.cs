using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Rke.Deployment.Tests.Image;

public sealed class ImageTests(GatewayImage image) : IClassFixture<GatewayImage>
{
    private const long Megabyte = 1_000_000;

    [Fact]
    public async Task The_image_is_small_runs_without_root_and_has_labels()
    {
        var facts = JsonNode.Parse(await Podman.RunAsync("image", "inspect", image.Name))![0]!;
        Assert.InRange((long)facts["Size"]!, 50 * Megabyte, 160 * Megabyte);
        var config = facts["Config"]!;
        Assert.Equal("1654:1654", (string?)config["User"]);
        Assert.Equal("/app/Rke.Gateway", (string?)config["Entrypoint"]![0]);
        var labels = config["Labels"]!;
        Assert.Equal("rke-gateway", (string?)labels["org.opencontainers.image.title"]);
        Assert.Equal("0.1.0", (string?)labels["org.opencontainers.image.version"]);
        Assert.Null(labels["org.opencontainers.image.created"]);
    }

    [Fact]
    public async Task The_same_files_give_the_same_image()
    {
        var again = $"{image.Name}-again";
        await GatewayImage.BuildAsync(again);
        try
        {
            Assert.Equal(await IdAsync(image.Name), await IdAsync(again));
        }
        finally
        {
            await Podman.TryAsync("untag", again, again);
        }

        static Task<string> IdAsync(string name) => Podman.RunAsync("image", "inspect", name, "--format", "{{.Id}}");
    }

    [Fact]
    public async Task The_bill_of_materials_lists_every_package_and_the_runtime()
    {
        var bill = new BillOfMaterials(JsonNode.Parse(await FileAsync("sbom.cdx.json"))!);
        Assert.Equal("CycloneDX", (string?)bill.Json["bomFormat"]);
        Assert.Matches("^1\\.[0-9]$", (string?)bill.Json["specVersion"]);
        Assert.Equal("0.1.0", (string?)bill.Json["metadata"]!["component"]!["version"]);
        Assert.Null(bill.Json["metadata"]!["timestamp"]);
        Assert.All(
            bill.Json["components"]!.AsArray(),
            component => Assert.Equal($"pkg:nuget/{component!["name"]}@{component["version"]}", (string?)component["purl"]));

        var central = XElement.Parse(Repository.Read("Directory.Packages.props"));
        var redis = central.Descendants("PackageVersion")
            .Single(package => (string?)package.Attribute("Include") == "StackExchange.Redis");
        Assert.Contains($"StackExchange.Redis@{((string)redis.Attribute("Version")!).Trim('[', ']')}", bill.Packages);
        foreach (var program in (string[])["Rke.Gateway", "Rke.Raida"])
        {
            var dependencies = JsonNode.Parse(await FileAsync($"{program}.deps.json"))!;
            Assert.Subset(
                bill.Packages.ToHashSet(StringComparer.OrdinalIgnoreCase),
                BillOfMaterials.PackagesOf(dependencies).ToHashSet(StringComparer.OrdinalIgnoreCase));
        }

        Assert.Contains($"Microsoft.NETCore.App@{Environment.Version}", bill.Frameworks);
        Assert.Contains(bill.Frameworks, name => name.StartsWith("Microsoft.AspNetCore.App@", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/bin/sh")]
    [InlineData("/usr/bin/apt")]
    [InlineData("/bin/busybox")]
    public async Task The_image_has_no_shell_and_no_package_manager(string program)
    {
        var run = await Podman.TryAsync(["run", "--rm", .. Podman.Confined, "--entrypoint", program, image.Name]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("no such file or directory", run.Errors);
    }

    [Fact]
    public async Task The_image_runs_rkectl()
    {
        var run = await Podman.TryAsync(["run", "--rm", .. Podman.Confined, "--entrypoint", "/app/rkectl", image.Name, "--version"]);
        Assert.True(run.ExitCode == 0, run.All);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Output);
    }

    [Fact]
    public async Task Python_exchanges_a_key_with_the_image_read_only_and_without_capabilities()
    {
        var container = await Podman.RunAsync(
            ["run", "--detach", .. Podman.Confined, "--publish", "127.0.0.1::5001", image.Name]);
        try
        {
            await image.Python.ExchangeAsync(await Podman.PortAsync(container, 5001), 14);

            // The other two programs are there, too, and do not need more.
            var run = await Podman.TryAsync("exec", container, "/app/rkectl", "check", "--raida", "3");
            Assert.True(run.ExitCode == 0, run.All);
            run = await Podman.TryAsync("exec", container, "/app/rkectl", "doctor");
            Assert.True(run.ExitCode == 0, run.All);
            run = await Podman.TryAsync("exec", container, "/app/Rke.Raida", "--help");
            Assert.True(run.ExitCode == 0, run.All);

            Assert.Equal(
                "true []",
                await Podman.RunAsync(
                    "inspect", container, "--format", "{{.HostConfig.ReadonlyRootfs}} {{.EffectiveCaps}}"));

            // Told to stop, it ends by itself and well.
            await Podman.RunAsync("stop", "--time", "60", container);
            Assert.Equal("0", await Podman.RunAsync("inspect", container, "--format", "{{.State.ExitCode}}"));
        }
        finally
        {
            await Podman.TryAsync("rm", "--force", "--time", "0", container);
        }
    }

    [Fact]
    public async Task Podman_runs_the_Deployments_of_the_chart_and_a_key_is_exchanged()
    {
        await using var play = await KubePlay.StartAsync(image.Tag);
        var server = await image.Python.ExchangeAsync($"{play.GatewayAddress}:5001", 14);
        Assert.Equal($"{play.KeyServersAddress}:50014", server);
        foreach (var container in (string[])[play.Gateway, play.KeyServers])
        {
            var facts = JsonNode.Parse(await Podman.RunAsync("inspect", container))![0]!;
            Assert.Equal("1654:1654", (string?)facts["Config"]!["User"]);
            Assert.True((bool)facts["HostConfig"]!["ReadonlyRootfs"]!);
            Assert.Empty(facts["EffectiveCaps"]?.AsArray() ?? []);
            var options = facts["HostConfig"]!["SecurityOpt"]!.AsArray().Select(option => (string?)option);
            Assert.Contains("no-new-privileges", options);
        }
    }

    [Fact]
    public async Task The_pod_of_helm_test_shows_its_certificate_and_exchanges_a_key()
    {
        await using var play = await KubePlay.StartAsync(image.Tag, isMutual: true);
        var (exitCode, output) = await play.RunTestAsync();
        Assert.True(exitCode == "0", output);
        Assert.Contains($"{play.KeyServersAddress}:50003", output);
    }

    [Fact]
    public async Task The_SDK_publishes_an_equal_image()
    {
        await using var registry = await LocalRegistry.StartAsync();
        await Podman.RunAsync(
            "push", "--quiet", "--tls-verify=false", GatewayImage.Base, $"{registry.Address}/base:bookworm");
        await ToolRun.OutputAsync(
            "dotnet",
            [
                "publish", "gateway", "-t:PublishContainer", "--configuration", "Release", "--runtime", "linux-x64",
                // The properties of image/publish, so that nothing is compiled again.
                "--self-contained", "--nologo", "--verbosity", "quiet", "-p:PublishReadyToRun=true", "-p:DebugType=none",
                $"-p:ContainerBaseImage={registry.Address}/base:bookworm", $"-p:ContainerRegistry={registry.Address}",
                $"-p:ContainerImageTags={image.Tag}",
            ],
            environment: new Dictionary<string, string>(GatewayImage.BuildSettings, StringComparer.Ordinal)
            {
                ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Address,
            });
        var name = $"{registry.Address}/rke-gateway:{image.Tag}";
        await Podman.RunAsync("pull", "--quiet", "--tls-verify=false", name);
        var container = await Podman.RunAsync(
            ["run", "--detach", .. Podman.Confined, "--publish", "127.0.0.1::5001", name]);
        try
        {
            await image.Python.ExchangeAsync(await Podman.PortAsync(container, 5001), 0);
            var run = await Podman.TryAsync("exec", container, "/app/rkectl", "check", "--raida", "24");
            Assert.True(run.ExitCode == 0, run.All);
            var labels = await Podman.RunAsync("inspect", container, "--format", "{{.Config.User}} {{.Config.Labels}}");
            Assert.StartsWith("1654 ", labels);
            Assert.DoesNotContain("image.created", labels);
        }
        finally
        {
            await Podman.TryAsync("rm", "--force", "--time", "0", container);
            await Podman.TryAsync("image", "rm", "--force", name);
        }
    }

    private async Task<string> FileAsync(string name)
    {
        var container = await Podman.RunAsync("create", image.Name);
        var folder = Directory.CreateTempSubdirectory("rke-image-");
        try
        {
            var copy = Path.Combine(folder.FullName, name);
            await Podman.RunAsync("cp", $"{container}:/app/{name}", copy);
            return await File.ReadAllTextAsync(copy);
        }
        finally
        {
            folder.Delete(recursive: true);
            await Podman.TryAsync("rm", "--force", container);
        }
    }
}
