using Rke.Gateway.Demo;
using Rke.Gateway.Hosting;

return args switch
{
    ["demo"] => await DemoProgram.RunAsync(),
    _ when Usage.Asks(args) => await Usage.TellAsync(Console.Out, code: 0),
    _ when Usage.IsWrong(args) => await Usage.TellAsync(Console.Error, code: 1),
    _ => await GatewayProgram.RunAsync(args),
};
