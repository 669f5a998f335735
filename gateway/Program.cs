using Rke.Gateway.Demo;
using Rke.Gateway.Hosting;

return args switch
{
    ["demo"] => await DemoProgram.RunAsync(),
    _ when Usage.IsRequested(args) => await Usage.WriteAsync(Console.Out, code: 0),
    _ when Usage.IsInvalid(args) => await Usage.WriteAsync(Console.Error, code: 1),
    _ => await GatewayProgram.RunAsync(args),
};
