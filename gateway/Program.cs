using Rke.Gateway.Demo;
using Rke.Gateway.Hosting;

return args is ["demo", ..]
    ? await DemoProgram.RunAsync()
    : await GatewayProgram.RunAsync(args);
