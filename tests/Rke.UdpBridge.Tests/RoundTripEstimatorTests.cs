using Rke.UdpBridge.Core;

namespace Rke.UdpBridge.Tests;

public class RoundTripEstimatorTests
{
    private readonly RoundTripEstimator _roundTrip =
        new(new UdpBridgeOptions { MaxRetransmission = TimeSpan.FromSeconds(2) });

    [Fact]
    public void The_configured_wait_applies_before_the_first_response() =>
        Assert.Equal(Milliseconds(300), _roundTrip.Timeout);

    [Fact]
    public void The_first_timeout_is_three_times_the_first_sample()
    {
        Answer(100);

        Assert.Equal(Milliseconds(100), _roundTrip.Smoothed);
        Assert.Equal(Milliseconds(50), _roundTrip.Variation);
        Assert.Equal(Milliseconds(300), _roundTrip.Timeout);
    }

    [Fact]
    public void Later_samples_are_smoothed_as_in_RFC_6298()
    {
        Answer(100);
        Answer(200);

        Assert.Equal(Milliseconds(112.5), _roundTrip.Smoothed);
        Assert.Equal(Milliseconds(62.5), _roundTrip.Variation);
    }

    [Fact]
    public void The_timeout_has_a_minimum()
    {
        for (var count = 0; count < 100; count++)
        {
            Answer(0.1);
        }

        Assert.Equal(Milliseconds(50), _roundTrip.Timeout);
    }

    [Fact]
    public void A_response_to_a_retransmission_is_not_a_sample()
    {
        Answer(10);
        _roundTrip.OnAnswer(Milliseconds(400), Milliseconds(10), attempts: 3);

        Assert.Equal(Milliseconds(10), _roundTrip.Smoothed);
        Assert.Equal(Milliseconds(50), _roundTrip.Timeout);
    }

    [Fact]
    public void The_timeout_adapts_to_a_server_that_becomes_slower()
    {
        for (var count = 0; count < 50; count++)
        {
            Answer(0.1);
        }

        // The server now needs 700 ms. The datagram is sent again after 50, 150 and 350 ms.
        var calls = 0;
        for (; _roundTrip.Timeout < Milliseconds(700); calls++)
        {
            Assert.True(calls < 10);
            var (sent, wait, attempts) = (TimeSpan.Zero, _roundTrip.Timeout, 1);
            for (; sent + wait < Milliseconds(700); wait *= 2)
            {
                sent += wait;
                attempts++;
            }

            _roundTrip.OnAnswer(Milliseconds(700), Milliseconds(700) - sent, attempts);
        }

        Answer(700);
        Assert.True(_roundTrip.Timeout > Milliseconds(700));
    }

    [Fact]
    public void Loss_is_the_share_of_datagrams_without_a_response()
    {
        for (var count = 0; count < 1000; count++)
        {
            _roundTrip.OnAnswer(Milliseconds(60), Milliseconds(1), attempts: 2);
        }

        Assert.InRange(_roundTrip.Loss, 0.48, 0.52);
        for (var count = 0; count < 1000; count++)
        {
            Answer(1);
        }

        Assert.InRange(_roundTrip.Loss, 0, 0.01);
    }

    private static TimeSpan Milliseconds(double value) => TimeSpan.FromMilliseconds(value);

    private void Answer(double milliseconds) =>
        _roundTrip.OnAnswer(Milliseconds(milliseconds), Milliseconds(milliseconds), 1);
}
