using System.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The options of every command that asks a gateway, and the call itself.</summary>
internal sealed class GatewayOptions
{
    private const string Variable = "RKE_GATEWAY";
    private const string DefaultAddress = "http://127.0.0.1:5001";

    private static readonly TimeSpan UsualDeadline = TimeSpan.FromSeconds(10);

    private readonly Option<string> _gateway = new("--gateway", "-g")
    {
        Description = $"The gateway's address, http:// or https://; environment {Variable}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address
            ? address
            : DefaultAddress,
    };

    private readonly Option<TimeSpan> _deadline = new("--deadline", "-d")
    {
        Description = "How long to wait for the answer, such as 500ms, 2s or 1m.",
        HelpName = "time",
        CustomParser = OptionText.Duration,
        DefaultValueFactory = _ => UsualDeadline,
    };

    private readonly TlsOptions _tls = new();
    private readonly bool _isEndless;

    private readonly Option<string[]> _metadata = new("--metadata")
    {
        Description = "Sent with the call, as NAME=VALUE; may be given several times.",
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
            _deadline.Description = "How long to go on, such as 10s or 30m; until it is interrupted when left out.";
            _deadline.DefaultValueFactory = null;
        }

        command.Add(_gateway);
        command.Add(_deadline);
        command.Add(_metadata);
        _tls.AddTo(command);
    }

    /// <param name="command">Gets the options.</param>
    /// <param name="isEndless">Without a deadline unless one is given.</param>
    /// <param name="deadline">Where the work takes longer than that of one exchange.</param>
    public static GatewayOptions AddTo(Command command, bool isEndless = false, TimeSpan? deadline = null) =>
        new(command, isEndless, deadline);

    /// <summary>Makes one call and disposes of the channel; every failure is one with an exit code and advice.</summary>
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

    /// <summary>The same with a stream of answers, until <paramref name="read"/> wants no more; whether it said so.</summary>
    public Task<bool> ReadSessionsAsync<T>(
        ParseResult parsed,
        Func<RkeSessionService.RkeSessionServiceClient, CallOptions, AsyncServerStreamingCall<T>> call,
        Func<T, bool> read,
        CancellationToken cancellationToken) => AskAsync(
        parsed,
        async (connection, options) =>
        {
            using var answers = call(new(connection.Channel), options);
            await foreach (var answer in answers.ResponseStream.ReadAllAsync(cancellationToken))
            {
                connection.HasAnswered = true;
                if (!read(answer))
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
        CancellationToken cancellationToken) => AskAsync(
        parsed,
        async (connection, options) =>
        {
            using var answer = call(connection.Channel, options);
            return await answer.ResponseAsync;
        },
        cancellationToken);

    private async Task<T> AskAsync<T>(
        ParseResult parsed, Func<GatewayConnection, CallOptions, Task<T>> ask, CancellationToken cancellationToken)
    {
        var address = Address(parsed.GetRequiredValue(_gateway));
        using var connection = new GatewayConnection(address, _tls.Read(parsed, address));
        DateTime? deadline = _isEndless && parsed.GetResult(_deadline) is null
            ? null
            : TimeProvider.System.GetUtcNow().UtcDateTime + parsed.GetValue(_deadline);
        var options = new CallOptions(Metadata(parsed.GetValue(_metadata) ?? []), deadline, cancellationToken);
        try
        {
            return await ask(connection, options);
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
                ExitCode.Usage, $"--gateway '{text}' is no address.", $"Give one such as {DefaultAddress}.");

    private static Metadata Metadata(string[] pairs)
    {
        var metadata = new Metadata();
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new FailureException(ExitCode.Usage, "--metadata takes NAME=VALUE.");
            }

            try
            {
                metadata.Add(pair[..at].ToLowerInvariant(), pair[(at + 1)..]);
            }
            catch (ArgumentException)
            {
                throw new FailureException(
                    ExitCode.Usage,
                    "--metadata takes a name of letters, digits, '-', '_' and '.' that does not end in -bin, and an ASCII value.");
            }
        }

        return metadata;
    }
}
