using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.V1;

namespace Rke.Gateway.Accounts;

/// <summary>The RPC of rke/v1/account.proto.</summary>
internal sealed class RkeAccountGatewayService(CallAdmission admission, OpenAccountCall openAccount)
    : RkeAccountService.RkeAccountServiceBase
{
    // Connections or requests, with a second serial number if the first one is in use, and the check of the account.
    private const int Exchanges = 4;

    public override Task<OpenAccountResponse> OpenAccount(OpenAccountRequest request, ServerCallContext context) =>
        admission.RunAsync(openAccount.RunAsync, request, context, Exchanges);
}
