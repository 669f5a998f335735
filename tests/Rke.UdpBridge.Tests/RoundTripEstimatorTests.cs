namespace Rke.UdpBridge.Tests;

public class RoundTripEstimatorTests
{
    private readonly RoundTripEstimator _roundTrip = new(new UdpBridgeOptions { MaxRetransmission = TimeSpan.FromSeconds(2) });

    [Fact]
    public void Before_any_answer_the_configured_wait_holds() => Assert.Equal(Milliseconds(300), _roundTrip.Timeout);

    [Fact]
    public void The_first_sample_gives_three_times_its_length()
    {
        Answer(100);

        Assert.Equal(Milliseconds(100), _roundTrip.Smoothed);
        Assert.Equal(Milliseconds(50), _roundTrip.Variation);
        Assert.Equal(Milliseconds(300), _roundTrip.Timeout);
    }

    [Fact]
    public void Later_samples_are_smoothed_as_RFC_6298_says()
    {
        Answer(100);
        Answer(200);

        Assert.Equal(Milliseconds(112.5), _roundTrip.Smoothed);
        Assert.Equal(Milliseconds(62.5), _roundTrip.Variation);
    }

    [Fact]
    public void Fast_servers_do_not_make_hasty_retransmissions()
    {
        for (var count = 0; count < 100; count++)
        {
            Answer(0.1);
        }

        Assert.Equal(Milliseconds(50), _roundTrip.Timeout);
    }

    [Fact]
    public void An_answer_to_a_retransmission_is_no_sample()
    {
        Answer(10);
        _roundTrip.OnAnswer(Milliseconds(400), Milliseconds(10), attempts: 3);

        Assert.Equal(Milliseconds(10), _roundTrip.Smoothed);
        Assert.Equal(Milliseconds(50), _roundTrip.Timeout);
    }

    [Fact]
    public void A_server_that_became_slower_than_the_wait_is_learned()
    {
        for (var count = 0; count < 50; count++)
        {
            Answer(0.1);
        }

        // It needs 700 ms now, while datagrams are sent again after 50, 150, 350 ms.
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
    public void Loss_is_the_share_of_unanswered_datagrams()
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
