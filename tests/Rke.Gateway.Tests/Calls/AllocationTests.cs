using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rke.V1;

namespace Rke.Gateway.Tests.Calls;

/// <summary>
/// The bytes that one GetKey allocates, with the audit log, metrics, a policy and a quota. Each byte costs time in the garbage collector
/// later. The key server is another process, and the client allocates nothing during the measurement: it sends prepared frames on a
/// blocking socket and reads into one buffer. No other test runs at the same time. So the process allocates for the gateway only. The
/// number depends on the runtime, but not on time.
/// </summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests : IDisposable
{
    private const int WarmUp = 2000;
    private const int Calls = 2000;

    // Measured: 3,900 to 4,200. Kestrel and Grpc.AspNetCore allocate more than half of it: state machines, the context of the call and
    // the messages. With an interceptor for each step, it was 10,500.
    private const int MaxBytes = 5000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-allocation-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_GetKey_with_everything_enabled_allocates_a_bounded_number_of_bytes()
    {
        var coins = Path.Combine(_folder.FullName, "coins");
        var policy = Path.Combine(_folder.FullName, "policy.json");
        await File.WriteAllTextAsync(
            policy, """{"rules":[{"callers":["anonymous"],"methods":["rke.v1.RkeService/*"],"networks":[6]}]}""", Cancelled);
        await using var server = ServerProcess.OfRepository(
            "Rke.Raida",
            ["--listen", "127.0.0.1:0", "--raida", "14", "--profile", "raidax", "--coins", coins, "--make-coins", "4"]);
        var port = (await server.WaitForAsync(@"127\.0\.0\.1:(?<port>[1-9]\d*)"))[0].Groups["port"].Value;
        var audit = new AuditBytes();
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Grpc"] = "Warning",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
                ["Rke:Networks:0:Id"] = "6",
                ["Rke:Networks:0:Profile"] = "raidax",
                ["Rke:Networks:0:Servers:14"] = $"127.0.0.1:{port}",
                ["Rke:Keys:Path"] = coins,
                ["Rke:Policy:Path"] = policy,
                ["Rke:Limits:Caller:RequestsPerSecond"] = "1000000",
            },
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Logging.SetMinimumLevel(LogLevel.Information);
                builder.Services.AddSingleton<ILoggerProvider>(audit);
            });
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 14, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        var request = new GetKeyRequest { RaidaId = 14, KeyIdHash = posted.KeyIdHash };

        var (bytes, lines) = await Task.Factory.StartNew(
            () =>
            {
                using var client = new SilentClient(gateway.Grpc, request.ToByteArray());
                client.Run(WarmUp);
                var linesBefore = audit.Lines;
                var before = GC.GetTotalAllocatedBytes(precise: true);
                client.Run(Calls);
                return (GC.GetTotalAllocatedBytes(precise: true) - before, audit.Lines - linesBefore);
            },
            Cancelled,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        Assert.Equal(Calls, lines);
        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes / Calls} bytes per GetKey");
        Assert.InRange(bytes / Calls, 1, MaxBytes);
    }

    /// <summary>A client of HTTP/2 with one call at a time, which allocates nothing while it runs.</summary>
    private sealed class SilentClient : IDisposable
    {
        private const int FrameHeader = 9;
        private const byte EndStream = 1;
        private const byte WindowUpdate = 8;

        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _call;
        private readonly int _dataAt;
        private readonly byte[] _read = new byte[64 << 10];
        private int _filled;
        private int _stream = 1;

        public SilentClient(Uri gateway, byte[] message)
        {
            _socket.Connect(new IPEndPoint(IPAddress.Loopback, gateway.Port));
            var window = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(window, 1 << 30);
            _socket.Send(
                [
                    .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. RawHttp2.Frame(RawFrame.Settings, 0, 0, []),
                    .. RawHttp2.Frame(WindowUpdate, 0, 0, window), .. RawHttp2.Frame(RawFrame.Settings, 1, 0, []),
                ]);
            var headers = RawHttp2.Call(1, "/rke.v1.RkeService/GetKey");
            _dataAt = headers.Length;
            byte[] prefix = [0, 0, 0, 0, (byte)message.Length];
            _call = [.. headers, .. RawHttp2.Frame(RawFrame.Data, EndStream, 1, [.. prefix, .. message])];
        }

        public void Run(int calls)
        {
            for (var call = 0; call < calls; call++)
            {
                BinaryPrimitives.WriteInt32BigEndian(_call.AsSpan(5), _stream);
                BinaryPrimitives.WriteInt32BigEndian(_call.AsSpan(_dataAt + 5), _stream);
                _socket.Send(_call);
                ReadToEnd();
                _stream += 2;
            }
        }

        public void Dispose() => _socket.Dispose();

        // Reads frames until one ends the stream of the call.
        private void ReadToEnd()
        {
            while (true)
            {
                while (_filled < FrameHeader || _filled < LengthOfFirst())
                {
                    var read = _socket.Receive(_read.AsSpan(_filled));
                    Assert.NotEqual(0, read);
                    _filled += read;
                }

                var isEnd = _read[3] is RawFrame.Headers or RawFrame.Data
                    && (_read[4] & EndStream) != 0
                    && BinaryPrimitives.ReadInt32BigEndian(_read.AsSpan(5)) == _stream;
                var length = LengthOfFirst();
                _read.AsSpan(length, _filled - length).CopyTo(_read);
                _filled -= length;
                if (isEnd)
                {
                    return;
                }
            }
        }

        private int LengthOfFirst() => FrameHeader + (BinaryPrimitives.ReadInt32BigEndian(_read) >>> 8);
    }

    /// <summary>Formats audit lines as UTF-8 like the console log, and counts them.</summary>
    private sealed class AuditBytes : ILoggerProvider, ILogger
    {
        private readonly byte[] _line = new byte[1024];

        public int Lines { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IUtf8SpanFormattable && ((IUtf8SpanFormattable)state).TryFormat(_line, out _, default, null))
            {
                Lines++;
            }
        }

        public void Dispose()
        {
        }
    }
}
