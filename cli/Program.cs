using Rke.Cli;

return await Rkectl.RunAsync(args, Terminal.Standard());
