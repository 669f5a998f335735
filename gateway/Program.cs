using Rke.Gateway.Hosting;

return await GatewayProgram.RunAsync(args);
