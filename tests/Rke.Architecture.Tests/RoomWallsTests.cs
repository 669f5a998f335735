using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class RoomWallsTests
{
    private readonly RoomWalls _samples =
        new(["Rke.Wire.RequestFrame", "Rke.Wire.Batch`1", "Rke.Wire.AuthenticityNumber"]);

    [Fact]
    public void Inside_the_gateway_only_translation_names_wire_types_and_only_Redis_files_the_client()
    {
        var wire = Repository.ProductProjects().Single(project => project.Name == "Rke.Wire");
        var walls = new RoomWalls(AssemblyFacts.Of(wire.AssemblyPath).PublicTypes);

        Assert.Empty(Repository.Sources("gateway/").SelectMany(path => walls.Violations(path, Repository.Read(path))));
    }

    [Fact]
    public void No_global_using_opens_the_walls() =>
        Assert.Empty(Repository.ProductProjects().Where(project => project.Name == "Rke.Gateway")
            .SelectMany(RoomWalls.Violations));

    [Theory]
    [InlineData("using Rke.Wire; class Limit(RequestFrame frame);")]
    [InlineData("using Rke.Wire; class Limit(Batch<int> batch);")]
    [InlineData("using Frame = Rke.Wire.RequestFrame;")]
    [InlineData("using static Rke.Wire.RequestFrame;")]
    [InlineData("using W = Rke.Wire; class Limit(W.RequestFrame frame);")]
    [InlineData("var frame = new Rke . Wire.RequestFrame();")]
    [InlineData("var frame = new global::Rke.Wire.RequestFrame();")]
    [InlineData("var frame = new Wire.RequestFrame();")]
    [InlineData("using StackExchange.Redis;")]
    [InlineData("StackExchange.Redis.IDatabase database;")]
    [InlineData("global using Rke.Wire;")]
    public void A_name_outside_its_room_is_found(string source) =>
        Assert.Single(_samples.Violations("gateway/Limits/CoinLimit.cs", source));

    [Theory]
    [InlineData("gateway/Translation/PostKeyTranslation.cs", "using Rke.Wire; class Post(RequestFrame frame);")]
    [InlineData("gateway/State/RedisState.cs", "using StackExchange.Redis;")]
    [InlineData("gateway/Limits/CoinLimit.cs", "// using Rke.Wire; class Limit(RequestFrame frame);")]
    [InlineData("gateway/Limits/CoinLimit.cs", "class RequestFrame; // of its own")]
    [InlineData("gateway/Keys/KeyFile.cs", "using Rke.Wire; class KeyFile(AuthenticityNumber number);")]
    [InlineData("raida/Program.cs", "using Rke.Wire; class Program(RequestFrame frame);")]
    public void A_name_inside_its_room_passes(string path, string source) =>
        Assert.Empty(_samples.Violations(path, source));

    [Fact]
    public void A_global_using_in_the_project_is_found()
    {
        var project = ProjectFile.Parse(
            "gateway/Rke.Gateway.csproj",
            """<Project><ItemGroup><Using Include="Rke.Wire" /></ItemGroup></Project>""");

        Assert.Single(RoomWalls.Violations(project));
    }
}
