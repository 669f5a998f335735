using System.CommandLine;
using System.CommandLine.Parsing;
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
    private const string DeadlineVariable = "RKE_DEADLINE";
    private const string MetadataVariable = "RKE_METADATA";
    private const string DefaultAddress = "http://127.0.0.1:5001";

    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    private readonly Option<string?> _gateway = new("--gateway", "-g")
    {
        Description = $"The gateway's address, http:// or https://. Environment variable: {Variable}. Default: the address of the current "
            + $"context, or {DefaultAddress}.",
        HelpName = "url",
    };

    private readonly Option<string?> _context = ContextOption.Create();

    private readonly Option<TimeSpan> _deadline = new("--deadline", "-d")
    {
        Description = $"The time limit for the call, such as 500ms, 2s or 1m. Environment variable: {DeadlineVariable}.",
        HelpName = "time",
        CustomParser = OptionParsers.Duration,
        DefaultValueFactory = result => DeadlineOf(result) ?? DefaultDeadline,
    };

    private readonly TlsOptions _tls = new();
    private readonly bool _isEndless;

    private readonly Option<string[]> _metadata = new("--metadata")
    {
        Description = $"Metadata to send with the call, as NAME=VALUE. Can be given several times. Environment variable: {MetadataVariable}, "
            + "with one NAME=VALUE on each line.",
        HelpName = "name=value",
    };

    private GatewayOptions(Command command, bool isEndless, TimeSpan? deadline)
    {
        _isEndless = isEndless;
        if (deadline is { } time)
        {
            _deadline.DefaultValueFactory = result => DeadlineOf(result) ?? time;
        }

        if (isEndless)
        {
            _deadline.Description = "The time after which the command ends, such as 10s or 30m. Default: no limit.";
            _deadline.DefaultValueFactory = null;
        }

        command.Add(_gateway);
        command.Add(_context);
        command.Add(_deadline);
        command.Add(_metadata);
        _tls.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_gateway) is not null && result.GetResult(_context) is not null)
            {
                result.AddError("Give --gateway or --context, but not both.");
            }
        });
    }

    /// <param name="command">The command that gets the options.</param>
    /// <param name="isEndless">Whether the call has no default deadline.</param>
    /// <param name="deadline">The default deadline, if it is not that of a single exchange.</param>
    public static GatewayOptions AddTo(Command command, bool isEndless = false, TimeSpan? deadline = null) =>
        new(command, isEndless, deadline);

    /// <summary>The address of the gateway.</summary>
    public string AddressOf(ParseResult parsed) => Find(parsed).Address.GetLeftPart(UriPartial.Authority);

    /// <summary>
    /// Makes one call and disposes the channel. A failed call throws a <see cref="FailureException"/>.
    /// </summary>
    public Task<T> CallAsync<T>(
        ParseResult parsed,
        Func<RkeService.RkeServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken,
        TimeSpan? limit = null) =>
        CallOnceAsync(parsed, (channel, options) => call(new(channel), options), cancellationToken, limit);

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task<T> CallSessionsAsync<T>(
        ParseResult parsed,
        Func<RkeSessionService.RkeSessionServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellationToken,
        TimeSpan? limit = null) =>
        CallOnceAsync(parsed, (channel, options) => call(new(channel), options), cancellationToken, limit);

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
        CancellationToken cancellationToken) =>
        ReadSessionsAsync<T>(parsed, call, message => Task.FromResult(read(message)), cancellationToken);

    /// <inheritdoc cref="ReadSessionsAsync{T}(ParseResult, Func{RkeSessionService.RkeSessionServiceClient, CallOptions, AsyncServerStreamingCall{T}}, Func{T, bool}, CancellationToken)"/>
    public Task<bool> ReadSessionsAsync<T>(
        ParseResult parsed,
        Func<RkeSessionService.RkeSessionServiceClient, CallOptions, AsyncServerStreamingCall<T>> call,
        Func<T, Task<bool>> read,
        CancellationToken cancellationToken) => RunAsync(
        parsed,
        async (connection, options) =>
        {
            using var responses = call(new(connection.Channel), options);
            await foreach (var response in responses.ResponseStream.ReadAllAsync(cancellationToken))
            {
                connection.HasResponded = true;
                if (!await read(response))
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
        CancellationToken cancellationToken,
        TimeSpan? limit = null) => RunAsync(
        parsed,
        async (connection, options) =>
        {
            using var response = call(connection.Channel, options);
            return await response.ResponseAsync;
        },
        cancellationToken,
        limit);

    /// <param name="limit">The time limit instead of --deadline.</param>
    private async Task<T> RunAsync<T>(
        ParseResult parsed,
        Func<GatewayConnection, CallOptions, Task<T>> call,
        CancellationToken cancellationToken,
        TimeSpan? limit = null)
    {
        var (address, context) = Find(parsed);
        using var connection = new GatewayConnection(address, _tls.Read(parsed, address, context));
        limit ??= _isEndless && parsed.GetResult(_deadline) is null ? null : parsed.GetValue(_deadline);
        var deadline = TimeOfDay.Now(TimeProvider.System).UtcDateTime + limit;
        var options = new CallOptions(Metadata(parsed.GetValue(_metadata) is { Length: > 0 } given ? given : MetadataOfEnvironment()), deadline, cancellationToken);
        try
        {
            return await call(connection, options);
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new FailureException(await connection.ExplainAsync(exception, cancellationToken));
        }
    }

    /// <summary>Reads an address.</summary>
    public static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new FailureException(
                ExitCode.Usage,
                $"'{text}' is not an http:// or https:// address of a gateway.",
                $"Give an address such as {DefaultAddress}.");

    // A context's TLS files belong to its address.
    private (Uri Address, Context? Context) Find(ParseResult parsed)
    {
        if (parsed.GetValue(_gateway) is { } given)
        {
            return (Address(given), null);
        }

        var name = parsed.GetValue(_context);
        if (name is null && Variables.Get(Variable) is { } address)
        {
            return (Address(address), null);
        }

        var contexts = Contexts.Read();
        name ??= Variables.Get(Contexts.NameVariable) ?? contexts.Current;
        return name is null ? (Address(DefaultAddress), null) : (Address(contexts.Find(name).Gateway), contexts.Find(name));
    }

    private static TimeSpan? DeadlineOf(ArgumentResult result)
    {
        if (Variables.Get(DeadlineVariable) is not { } text)
        {
            return null;
        }

        if (!OptionParsers.TryParseDuration(text, out var time))
        {
            result.AddError($"The environment variable {DeadlineVariable} must be a time of at most one hour, such as 500ms, 2s or 1m.");
        }

        return time;
    }

    private static string[] MetadataOfEnvironment() =>
        Variables.Get(MetadataVariable)?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

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
