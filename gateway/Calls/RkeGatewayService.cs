using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.V1;

namespace Rke.Gateway.Calls;

/// <summary>The four RPCs of rke/v1/rke.proto. Each runs one call class within <see cref="CallAdmission"/>.</summary>
internal sealed class RkeGatewayService(
    CallAdmission admission,
    PostKeyCall postKey,
    GetKeyCall getKey,
    SignalCall signal,
    LookupCall lookup) : RkeService.RkeServiceBase
{
    private readonly Func<PostKeyRequest, CallScope, ValueTask<PostKeyResponse>> _postKey =
        (request, scope) => new(postKey.RunAsync(request, scope));

    private readonly Func<GetKeyRequest, CallScope, ValueTask<GetKeyResponse>> _getKey = getKey.RunAsync;
    private readonly Func<SignalRequest, CallScope, Task<SignalResponse>> _signal = signal.RunAsync;
    private readonly Func<LookupRequest, CallScope, Task<LookupResponse>> _lookup = lookup.RunAsync;

    public override Task<PostKeyResponse> PostKey(PostKeyRequest request, ServerCallContext context) =>
        admission.RunPooledAsync(_postKey, request, context);

    public override Task<GetKeyResponse> GetKey(GetKeyRequest request, ServerCallContext context) =>
        admission.RunPooledAsync(_getKey, request, context);

    public override Task<SignalResponse> Signal(SignalRequest request, ServerCallContext context) =>
        admission.RunAsync(_signal, request, context);

    public override Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context) =>
        admission.RunAsync(_lookup, request, context);
}
