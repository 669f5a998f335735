using System.CommandLine.Invocation;
using Rke.Raida.CommandLine;

var parsed = ServeCommand.Create().Parse(args);
if (parsed.Action is ParseErrorAction parseError)
{
    // An error names the valid form, so the long help is not needed.
    parseError.ShowHelp = false;
}

return await parsed.InvokeAsync();
