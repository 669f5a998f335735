using System.ComponentModel;
using System.Diagnostics;

namespace Rke.Cli;

/// <summary>A program that rkectl has started.</summary>
internal static class ChildProcess
{
    /// <summary>Kills the program and its children, if this user may. The program can have ended.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is Win32Exception or AggregateException or InvalidOperationException)
        {
            // A child of another user, such as with sudo, continues.
        }
    }
}
