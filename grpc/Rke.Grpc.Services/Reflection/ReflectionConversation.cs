using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using static Grpc.Reflection.V1.ServerReflectionRequest;

namespace Rke.Grpc.Services;

/// <summary>One stream of questions and answers. It knows which files the caller has, and sends imports once.</summary>
internal sealed class ReflectionConversation(DescriptorIndex index)
{
    private readonly HashSet<string> _sent = new(StringComparer.Ordinal);

    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case MessageRequestOneofCase.FileByFilename:
                AnswerFile(response, index.FindFile(request.FileByFilename), "file", request.FileByFilename);
                break;
            case MessageRequestOneofCase.FileContainingSymbol:
                var symbol = request.FileContainingSymbol;
                AnswerFile(response, index.FindSymbol(symbol), "symbol", symbol);
                break;
            case MessageRequestOneofCase.FileContainingExtension:
                var (type, number) = (request.FileContainingExtension.ContainingType,
                    request.FileContainingExtension.ExtensionNumber);
                AnswerFile(response, index.FindExtension(type, number), "extension", $"{type} {number}");
                break;
            case MessageRequestOneofCase.AllExtensionNumbersOfType:
                AnswerExtensionNumbers(response, request.AllExtensionNumbersOfType);
                break;
            case MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service = { index.Services.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            default:
                response.ErrorResponse = Error(StatusCode.InvalidArgument, "no question that this server knows");
                break;
        }

        return response;
    }

    private void AnswerFile(ServerReflectionResponse response, FileDescriptor? file, string what, string name)
    {
        if (file is null)
        {
            response.ErrorResponse = Error(StatusCode.NotFound, $"{what} not found: {name}");
            return;
        }

        // The file asked for always goes out, even again: only what it imports is left out when the caller has it.
        var answer = response.FileDescriptorResponse = new FileDescriptorResponse();
        answer.FileDescriptorProto.Add(file.SerializedData);
        _sent.Add(file.Name);
        AddImports(answer, file);
    }

    private void AddImports(FileDescriptorResponse answer, FileDescriptor file)
    {
        foreach (var import in file.Dependencies)
        {
            if (_sent.Add(import.Name))
            {
                answer.FileDescriptorProto.Add(import.SerializedData);
                AddImports(answer, import);
            }
        }
    }

    private void AnswerExtensionNumbers(ServerReflectionResponse response, string type)
    {
        if (index.FindExtensionNumbers(type) is not { } numbers)
        {
            response.ErrorResponse = Error(StatusCode.NotFound, $"message not found: {type}");
            return;
        }

        response.AllExtensionNumbersResponse = new ExtensionNumberResponse
        {
            BaseTypeName = type,
            ExtensionNumber = { numbers },
        };
    }

    private static ErrorResponse Error(StatusCode code, string message) =>
        new() { ErrorCode = (int)code, ErrorMessage = message };
}
