using System.Buffers.Binary;
using Rke.UdpBridge;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Puts services in the order in which to try them (RFC 2782): lowest priority first; among equals a draw, where a
/// chance is in proportion to the weight and weight 0 has a very small one.
/// </summary>
internal static class ServiceOrder
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

    // A number from 0 to the sum of the weights; the first service whose running sum reaches it is drawn.
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
