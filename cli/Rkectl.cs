using System.CommandLine;

namespace Rke.Cli;

/// <summary>The command line: its root, and what becomes of whatever a command throws.</summary>
internal static class Rkectl
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON, errors too.", Recursive = true };
        var root = new RootCommand("Key exchange through an RKE gateway, RAIDA key files, and frames taken apart.")
        {
            json,
            PostCommand.Create(terminal, json),
            GetCommand.Create(terminal, json),
            SignalCommand.Create(terminal, json),
            LookupCommand.Create(terminal, json),
            new Command("session", "Make sessions, and receive those that arrived for a gateway.")
            {
                SessionInitiateCommand.Create(terminal, json),
                SessionWatchCommand.Create(terminal, json),
                SessionClaimCommand.Create(terminal, json),
                SessionShowCommand.Create(terminal, json),
                SessionCloseCommand.Create(terminal, json),
            },
