namespace Grpc.Core;

/// <summary>Takes the responses of a handler.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}
