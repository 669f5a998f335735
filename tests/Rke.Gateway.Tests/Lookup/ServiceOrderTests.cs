using Rke.Lookup.Sources;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Lookup;

public class ServiceOrderTests
{
    [Fact]
    public void The_lowest_priority_comes_first()
    {
        var order = ServiceOrder.Arrange(
            [new("c", 3, 30, 9), new("a", 1, 10, 0), new("b", 2, 20, 65535)], new SeededEntropy(1));

        Assert.Equal(["a", "b", "c"], order.Select(endpoint => endpoint.Host));
    }

    [Fact]
    public void Among_equal_priorities_the_probability_is_proportional_to_the_weight()
    {
        ServiceTarget[] services = [new("heavy", 1, 1, 30), new("light", 1, 1, 10), new("never", 1, 1, 0)];
        var entropy = new SeededEntropy(1);
        var orders = Enumerable.Range(0, 4000).Select(_ => ServiceOrder.Arrange(services, entropy)).ToList();
        var first = orders.CountBy(order => order[0].Host).ToDictionary();

        Assert.All(orders, order => Assert.Equal(3, order.Distinct().Count()));
        Assert.InRange(first["heavy"], 2800, 3050);
        Assert.InRange(first["light"], 850, 1100);
        Assert.InRange(first["never"], 50, 160);
    }
}
