using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.V1;

namespace Rke.Gateway.Admin;

/// <summary>The RPCs of rke/v1/admin.proto.</summary>
internal sealed class RkeAdminGatewayService(CallAdmission admission, ServerList servers, CoinList coins, StatusReport status)
    : RkeAdminService.RkeAdminServiceBase
{
    public override Task<ListServersResponse> ListServers(ListServersRequest request, ServerCallContext context) =>
        admission.RunAsync((message, scope) => Task.FromResult(servers.Find(message, scope.Permit)), request, context);

    public override Task<ListCoinsResponse> ListCoins(ListCoinsRequest request, ServerCallContext context) =>
        admission.RunAsync(coins.FindAsync, request, context);

    public override Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context) =>
        admission.RunAsync(status.FindAsync, request, context);
}
