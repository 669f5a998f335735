using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class WirePurityTests
{
    private static ProjectFile Wire => Repository.ProductProjects().Single(project => project.Name == "Rke.Wire");

    public static TheoryData<Type, string> Impure => new()
    {
        { typeof(Socket), "Close" },
        { typeof(DateTime), "get_UtcNow" },
        { typeof(DateTimeOffset), "get_Now" },
        { typeof(Environment), "get_TickCount64" },
        { typeof(System.Diagnostics.Stopwatch), "Start" },
        { typeof(TimeProvider), "get_System" },
        { typeof(Random), "get_Shared" },
        { typeof(Guid), "NewGuid" },
        { typeof(RandomNumberGenerator), "Create" },
        { typeof(LoggerFactory), "Dispose" },
        { typeof(Thread), "Yield" },
        { typeof(Directory), "GetCurrentDirectory" },
    };

    [Fact]
    public void Rke_Wire_refers_to_the_base_library_alone() => Assert.Empty(WirePurity.Violations(Wire));

    [Fact]
    public void Rke_Wire_is_pure_bytes() => Assert.Empty(WirePurity.Violations(AssemblyFacts.Of(Wire.AssemblyPath)));

    [Fact]
    public void Rke_Wire_has_no_unsafe_code() =>
        Assert.Empty(Repository.Sources("udp-bridge/Rke.Wire/")
            .SelectMany(path => WirePurity.Violations(path, Repository.Read(path))));

    [Theory]
    [MemberData(nameof(Impure))]
    public void An_impure_call_is_found(Type type, string method) =>
        Assert.NotEmpty(WirePurity.Violations(SampleAssembly.Calling(type, method)));

    [Fact]
    public void A_pure_call_passes() =>
        Assert.Empty(WirePurity.Violations(SampleAssembly.Calling(typeof(BitConverter), "DoubleToInt64Bits")));

    [Fact]
    public void A_package_is_found()
    {
        var project = ProjectFile.Parse(
            "udp-bridge/Rke.Wire/Rke.Wire.csproj",
            """<Project><ItemGroup><PackageReference Include="Google.Protobuf" /></ItemGroup></Project>""");

        Assert.Single(WirePurity.Violations(project));
    }

    [Theory]
    [InlineData("unsafe struct Frame;", 1)]
    [InlineData("fixed (byte* start = frame) { }", 1)]
    [InlineData("ref var first = ref Unsafe.As<byte, int>(ref start);", 1)]
    [InlineData("Span<byte> counter = stackalloc byte[2 * Length]; // not unsafe", 0)]
    [InlineData("private const string Text = \"unsafe\";", 0)]
    public void Unsafe_code_is_found(string source, int violations) =>
        Assert.Equal(violations, WirePurity.Violations("Frame.cs", source).Count());
}
