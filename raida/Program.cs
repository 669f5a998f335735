using System.CommandLine.Invocation;
using Rke.Raida.Command;

var parsed = ServeCommand.Create().Parse(args);
if (parsed.Action is ParseErrorAction wrong)
{
    // The errors say what to write instead; the whole help would hide them.
    wrong.ShowHelp = false;
}

return await parsed.InvokeAsync();
