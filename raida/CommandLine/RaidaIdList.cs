using System.Globalization;
using Rke.Wire;

namespace Rke.Raida.CommandLine;

/// <summary>Reads RAIDA ids from the command line: <c>14</c>, <c>0-24</c>, <c>0,3,5-7</c>.</summary>
internal static class RaidaIdList
{
    public static bool TryParse(string text, out byte[] raidaIds)
    {
        var found = new SortedSet<byte>();
        raidaIds = [];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', 2);
            if (!TryParseId(ends[0], out var first) || !TryParseId(ends[^1], out var last) || first > last)
            {
                return false;
            }

            for (var raidaId = first; raidaId <= last; raidaId++)
            {
                found.Add(raidaId);
            }
        }

        raidaIds = [.. found];
        return true;
    }

    private static bool TryParseId(string text, out byte raidaId) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out raidaId)
        && raidaId < RaidaNetwork.ServerCount;
}
