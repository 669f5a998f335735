namespace Rke.Gateway.Errors;

/// <summary>A field of a request that is wrong.</summary>
/// <param name="Path">Its path in the proto message, such as <c>parts[3].server.host</c>.</param>
/// <param name="Description">What is wrong and what is right. It never repeats the value.</param>
internal readonly record struct BadField(string Path, string Description);
