using Grpc.Core;
using Rke.Gateway.Translation;
using Rke.V1;

namespace Rke.Gateway.Services;

/// <summary>The four RPCs of rke/v1/rke.proto: each is one translation.</summary>
internal sealed class RkeGatewayService(
    CallAdmission admission,
    PostKeyTranslation postKey,
    GetKeyTranslation getKey,
    SignalTranslation signal,
    LookupTranslation lookup) : RkeService.RkeServiceBase
{
    public override Task<PostKeyResponse> PostKey(PostKeyRequest request, ServerCallContext context) =>
        admission.RunAsync(postKey.RunAsync, request, context);

    public override Task<GetKeyResponse> GetKey(GetKeyRequest request, ServerCallContext context) =>
        admission.RunAsync(getKey.RunAsync, request, context);

    public override Task<SignalResponse> Signal(SignalRequest request, ServerCallContext context) =>
        admission.RunAsync(signal.RunAsync, request, context);

    public override Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context) =>
        admission.RunAsync(lookup.RunAsync, request, context);
}
