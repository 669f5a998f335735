using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Rke.Grpc.Services.Tests.Shelf;

namespace Rke.Grpc.Services.Tests;

public sealed class ReflectionConversationTests
{
    private readonly ReflectionConversation _conversation =
        new(new DescriptorIndex([new ReflectedService(Library.Descriptor)]));

    [Fact]
    public void Answer_carries_the_question_and_the_host()
    {
        var request = new ServerReflectionRequest { Host = "h", ListServices = "" };

        var response = _conversation.Answer(request);

        Assert.Equal("h", response.ValidHost);
        Assert.Equal(request, response.OriginalRequest);
        Assert.Equal(["shelf.Library"], response.ListServicesResponse.Service.Select(service => service.Name));
    }

    [Fact]
    public void File_comes_first_and_its_imports_once_a_stream()
    {
        var bySymbol = new ServerReflectionRequest { FileContainingSymbol = "shelf.Library" };
        var byName = new ServerReflectionRequest { FileByFilename = "shelf/paper.proto" };

        Assert.Equal(["shelf/book.proto", "shelf/paper.proto"], Files(bySymbol));
        Assert.Equal(["shelf/book.proto"], Files(bySymbol));
        Assert.Equal(["shelf/paper.proto"], Files(byName));
    }

    [Fact]
    public void Extension_is_found()
    {
        var request = new ServerReflectionRequest
        {
            FileContainingExtension = new ExtensionRequest { ContainingType = "shelf.Book", ExtensionNumber = 101 },
        };

        Assert.Equal("shelf/book.proto", Files(request)[0]);
    }

    [Fact]
    public void Extension_numbers_are_listed()
    {
        var response = _conversation.Answer(new() { AllExtensionNumbersOfType = "shelf.Book" });

        Assert.Equal("shelf.Book", response.AllExtensionNumbersResponse.BaseTypeName);
        Assert.Equal([101, 102], response.AllExtensionNumbersResponse.ExtensionNumber);
    }

    public static TheoryData<string, StatusCode> Unanswerable() => new()
    {
        { """{ "fileByFilename": "no.proto" }""", StatusCode.NotFound },
        { """{ "fileContainingSymbol": "no.Symbol" }""", StatusCode.NotFound },
        { """{ "fileContainingExtension": { "containingType": "shelf.Book" } }""", StatusCode.NotFound },
        { """{ "allExtensionNumbersOfType": "no.Message" }""", StatusCode.NotFound },
        { "{}", StatusCode.InvalidArgument },
    };

    [Theory]
    [MemberData(nameof(Unanswerable))]
    public void Question_without_an_answer_gives_an_error_and_the_talk_goes_on(string question, StatusCode code)
    {
        var response = _conversation.Answer(JsonParser.Default.Parse<ServerReflectionRequest>(question));

        Assert.Equal((int)code, response.ErrorResponse.ErrorCode);
        Assert.NotEmpty(Files(new ServerReflectionRequest { FileContainingSymbol = "shelf.Book" }));
    }

    private string[] Files(ServerReflectionRequest request) =>
        [.. _conversation.Answer(request).FileDescriptorResponse.FileDescriptorProto
            .Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name)];
}
