using System.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Cli;

/// <summary>
/// The options of every command that calls a gateway (--gateway, --deadline, --metadata), and the call.
/// </summary>
internal sealed class GatewayOptions
{
    private const string Variable = "RKE_GATEWAY";
    private const string DefaultAddress = "http://127.0.0.1:5001";

    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    private readonly Option<string> _gateway = new("--gateway", "-g")
    {
        Description = $"The gateway's address, http:// or https://. Environment variable: {Variable}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address
            ? address
            : DefaultAddress,
    };

    private readonly Option<TimeSpan> _deadline = new("--deadline", "-d")
    {
        Description = "The time limit for the call, such as 500ms, 2s or 1m.",
        HelpName = "time",
        CustomParser = OptionParsers.Duration,
        DefaultValueFactory = _ => DefaultDeadline,
    };

    private readonly TlsOptions _tls = new();
    private readonly bool _isEndless;

    private readonly Option<string[]> _metadata = new("--metadata")
    {
        Description = "Metadata to send with the call, as NAME=VALUE. Can be given several times.",
        HelpName = "name=value",
    };

    private GatewayOptions(Command command, bool isEndless, TimeSpan? deadline)
    {
        _isEndless = isEndless;
        if (deadline is { } time)
        {
            _deadline.DefaultValueFactory = _ => time;
        }

        if (isEndless)
        {
            _deadline.Description = "The time after which the command ends, such as 10s or 30m. Default: no limit.";
            _deadline.DefaultValueFactory = null;
        }

        command.Add(_gateway);
        command.Add(_deadline);
        command.Add(_metadata);
        _tls.AddTo(command);
    }

    /// <param name="command">The command that gets the options.</param>
    /// <param name="isEndless">Whether the call has no default deadline.</param>
    /// <param name="deadline">The default deadline, if it is not that of a single exchange.</param>
    public static GatewayOptions AddTo(Command command, bool isEndless = false, TimeSpan? deadline = null) =>
        new(command, isEndless, deadline);

    /// <summary>
    /// Makes one call and disposes the channel. A failed call throws a <see cref="FailureException"/>.
    /// </summary>
    public Task<T> CallAsync<T>(
        ParseResult parsed,
        Func<RkeService.RkeServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken) =>
        CallOnceAsync(parsed, (channel, options) => call(new(channel), options), cancellationToken);

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task<T> CallSessionsAsync<T>(
        ParseResult parsed,
        Func<RkeSessionService.RkeSessionServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken) =>
        CallOnceAsync(parsed, (channel, options) => call(new(channel), options), cancellationToken);

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task<T> CallAdminAsync<T>(
        ParseResult parsed,
        Func<RkeAdminService.RkeAdminServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken) =>
        CallOnceAsync(parsed, (channel, options) => call(new(channel), options), cancellationToken);

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task<T> CallAccountAsync<T>(
        ParseResult parsed,
        Func<RkeAccountService.RkeAccountServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken) =>
        CallOnceAsync(parsed, (channel, options) => call(new(channel), options), cancellationToken);

    /// <summary>
    /// Makes a streaming call, and reads until <paramref name="read"/> returns false or the stream ends. Returns true
    /// if <paramref name="read"/> ended it.
    /// </summary>
    public Task<bool> ReadSessionsAsync<T>(
        ParseResult parsed,
        Func<RkeSessionService.RkeSessionServiceClient, CallOptions, AsyncServerStreamingCall<T>> call,
        Func<T, bool> read,
        CancellationToken cancellationToken) => RunAsync(
        parsed,
        async (connection, options) =>
        {
            using var responses = call(new(connection.Channel), options);
            await foreach (var response in responses.ResponseStream.ReadAllAsync(cancellationToken))
            {
                connection.HasResponded = true;
                if (!read(response))
                {
                    return true;
                }
            }

            return false;
        },
        cancellationToken);

    private Task<T> CallOnceAsync<T>(
        ParseResult parsed,
        Func<GrpcChannel, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken) => RunAsync(
        parsed,
        async (connection, options) =>
        {
            using var response = call(connection.Channel, options);
            return await response.ResponseAsync;
        },
        cancellationToken);

    private async Task<T> RunAsync<T>(
        ParseResult parsed, Func<GatewayConnection, CallOptions, Task<T>> call, CancellationToken cancellationToken)
    {
        var address = Address(parsed.GetRequiredValue(_gateway));
        using var connection = new GatewayConnection(address, _tls.Read(parsed, address));
        DateTime? deadline = _isEndless && parsed.GetResult(_deadline) is null
            ? null
            : TimeOfDay.Now(TimeProvider.System).UtcDateTime + parsed.GetValue(_deadline);
        var options = new CallOptions(Metadata(parsed.GetValue(_metadata) ?? []), deadline, cancellationToken);
        try
        {
            return await call(connection, options);
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new FailureException(connection.Explain(exception));
        }
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new FailureException(
                ExitCode.Usage,
                $"--gateway '{text}' is not an http:// or https:// address.",
                $"Give an address such as {DefaultAddress}.");

    private static Metadata Metadata(string[] pairs)
    {
        var metadata = new Metadata();
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new FailureException(ExitCode.Usage, "--metadata must be NAME=VALUE.");
            }

            try
            {
                metadata.Add(pair[..at].ToLowerInvariant(), pair[(at + 1)..]);
            }
            catch (ArgumentException)
            {
                throw new FailureException(
                    ExitCode.Usage,
                    "--metadata must be NAME=VALUE.",
                    "NAME can have letters, digits, '-', '_' and '.', and cannot end in -bin. VALUE is ASCII text.");
            }
        }

        return metadata;
    }
}
