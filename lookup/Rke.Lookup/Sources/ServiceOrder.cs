using System.Buffers.Binary;
using Rke.Dns;
using Rke.UdpBridge;

namespace Rke.Lookup.Sources;

/// <summary>
/// Orders services as RFC 2782 requires: by ascending priority, and randomly among services of the same priority. The probability of
/// a service is proportional to its weight. A service of weight 0 has a very small probability.
/// </summary>
public static class ServiceOrder
{
    public static IReadOnlyList<HostEndpoint> Arrange(IEnumerable<ServiceTarget> services, IEntropySource entropy)
    {
        var ordered = new List<HostEndpoint>();
        foreach (var equals in services.GroupBy(service => service.Priority).OrderBy(group => group.Key))
        {
            var left = equals.OrderBy(service => service.Weight == 0 ? 0 : 1).ToList();
            while (left.Count > 0)
            {
                var drawn = left[Draw(left, entropy)];
                left.Remove(drawn);
                ordered.Add(new HostEndpoint(drawn.Host, drawn.Port));
            }
        }

        return ordered;
    }

    // Draws a number from 0 to the sum of the weights, and selects the first service whose running sum reaches it.
    private static int Draw(List<ServiceTarget> left, IEntropySource entropy)
    {
        var sum = left.Sum(service => (long)service.Weight);
        Span<byte> random = stackalloc byte[8];
        entropy.Fill(random);
        var number = (long)(BinaryPrimitives.ReadUInt64BigEndian(random) % (ulong)(sum + 1));
        var index = 0;
        for (long running = left[0].Weight; running < number; running += left[index].Weight)
        {
            index++;
        }

        return index;
    }
}
