using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Listening;

namespace Rke.Gateway.Tests.Listening;

public sealed class LingeringCloseTests : IAsyncDisposable
{
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly FakeTimeProvider _time = new();
    private readonly DefaultConnectionContext _connection = new();

    public LingeringCloseTests() => _connection.Transport = new WrappedTransport(_toServer.Reader, _toClient.Writer);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [Fact]
    public async Task After_the_last_GOAWAY_the_connection_stays_open_for_a_second()
    {
        var running = LingeringClose.RunAsync(_connection, SayGoodbyeAsync, _time);
        Assert.Equal("goodbye", await ReadAsync());

        // A call that the client sent before it received the GOAWAY is read and not answered.
        await _toServer.Writer.WriteAsync(new byte[100_000], Cancelled);
        Assert.False(_toClient.Reader.TryRead(out _));
        Assert.False(running.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));
        await running;
        Assert.True((await _toClient.Reader.ReadAsync(Cancelled)).IsCompleted);
    }

    [Fact]
    public async Task The_connection_ends_when_the_client_closes_it()
    {
        var running = LingeringClose.RunAsync(_connection, SayGoodbyeAsync, _time);
        Assert.Equal("goodbye", await ReadAsync());
        await _toServer.Writer.CompleteAsync();
        await running;
        Assert.True((await _toClient.Reader.ReadAsync(Cancelled)).IsCompleted);
    }

    [Fact]
    public async Task An_exception_ends_the_connection_at_once()
    {
        await LingeringClose.RunAsync(
            _connection,
            async connection => await connection.Transport.Output.CompleteAsync(new IOException("broken")),
            _time);
        await Assert.ThrowsAsync<IOException>(async () => await _toClient.Reader.ReadAsync(Cancelled));
    }

    private static async Task SayGoodbyeAsync(ConnectionContext connection)
    {
        await connection.Transport.Output.WriteAsync("goodbye"u8.ToArray(), Cancelled);
        await connection.Transport.Output.CompleteAsync();
        await connection.Transport.Input.CompleteAsync();
    }

    private async Task<string> ReadAsync()
    {
        var read = await _toClient.Reader.ReadAsync(Cancelled);
        var text = Encoding.ASCII.GetString(read.Buffer.FirstSpan);
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
