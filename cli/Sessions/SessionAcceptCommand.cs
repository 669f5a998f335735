using System.CommandLine;
using System.ComponentModel;
using System.Security.Cryptography;
using Rke.V1;

namespace Rke.Cli;

/// <summary>
/// <c>rkectl session accept</c> waits for sessions, claims each one, hands its key to a command or a file, and acknowledges it.
/// </summary>
internal static class SessionAcceptCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var peers = SessionPeerOption.Create();
        var exec = new Option<string?>("--exec")
        {
            Description = "Run this shell command for each session. It reads the key from file descriptor 3. RKE_SESSION_ID and RKE_SESSION_PEER "
                + "are in its environment. If it succeeds, rkectl acknowledges the session.",
            HelpName = "command",
        };
        var folder = new Option<string?>("--save-to")
        {
            Description = "Write the key of each session to a new file in this folder, with mode 0600. Its name is the session's id.",
            HelpName = "folder",
        };
        var cursor = new Option<string>("--cursor")
        {
            Description = "Accept only sessions after this cursor of 'session watch'.",
            DefaultValueFactory = _ => "",
        };
        var count = new Option<uint?>("--count") { Description = "End after this number of sessions.", HelpName = "sessions" };
        var command = new Command(
            "accept", "Wait for sessions. Claim each one, pass its key to a command or write it to a file, and acknowledge it.")
        {
            peers, exec, folder, cursor, count,
        };
        var choice = new SessionKeyChoice();
        choice.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(exec) is null && result.GetResult(folder) is null)
            {
                result.AddError("Give --exec or --save-to. The gateway hands out a key once.");
            }

            if (result.GetResult(count) is { Errors: { } errors } && !errors.Any() && result.GetValue(count) == 0)
            {
                result.AddError("--count must be 1 or more.");
            }

            var labels = result.GetResult(choice.Labels) is null ? 0 : result.GetValue(choice.Labels)?.Length ?? 0;
            if (labels > 1 || (labels == 1 && result.GetResult(choice.Derived) is { Implicit: false }))
            {
                result.AddError("Give one --label, and not --derived. The command gets the key of the label.");
            }
        });
        var gateway = GatewayOptions.AddTo(command, isEndless: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(exec) is not null && OperatingSystem.IsWindows())
            {
                throw new FailureException(ExitCode.Usage, "--exec needs /bin/sh, which Windows does not have.", "Use --save-to.");
            }

            var accepted = new AcceptedSessions(gateway, parsed)
            {
                Terminal = terminal,
                IsJson = parsed.GetValue(json),
                Choice = choice,
                Command = parsed.GetValue(exec),
                Folder = parsed.GetValue(folder) is { } path ? CheckFolder(path) : null,
                Remaining = parsed.GetValue(count) ?? uint.MaxValue,
            };
            await accepted.RunAsync(parsed.GetValue(peers) ?? [], parsed.GetRequiredValue(cursor), cancellationToken);
            return (int)(accepted.HasFailed ? ExitCode.Unexpected : ExitCode.Ok);
        });
        return command;
    }

    private static string CheckFolder(string path) => Directory.Exists(path)
        ? path
        : throw new FailureException(ExitCode.Usage, $"There is no folder '{path}'.", "Create it, or give another path with --save-to.");
}

/// <summary>Claims sessions as they arrive, and hands over their keys.</summary>
internal sealed class AcceptedSessions(GatewayOptions gateway, ParseResult parsed)
{
    private const int Attempts = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);

    // The sessions whose claim got no response, by id. The gateway can have handed out their keys, for these idempotency keys alone.
    private readonly Dictionary<string, (Session Session, string IdempotencyKey)> _unclear = [];

    public required Terminal Terminal { get; init; }

    public required bool IsJson { get; init; }

    public required SessionKeyChoice Choice { get; init; }

    /// <summary>The shell command for each session.</summary>
    public required string? Command { get; init; }

    /// <summary>The folder for the key of each session.</summary>
    public required string? Folder { get; init; }

    /// <summary>The number of sessions to claim.</summary>
    public required uint Remaining { get; set; }

    /// <summary>Whether the key of a session could not be handed over.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Accepts sessions until there are enough. If the gateway ends the stream, it continues after the last session.</summary>
    public async Task RunAsync(string[] peers, string cursor, CancellationToken cancellationToken)
    {
        var hasResponded = false;
        while (true)
        {
            try
            {
                foreach (var (session, _) in _unclear.Values.ToArray())
                {
                    if (await TryAcceptAsync(session, cancellationToken) && --Remaining == 0)
                    {
                        return;
                    }
                }

                var isDone = await gateway.ReadSessionsAsync(
                    parsed,
                    (client, options) => client.WatchSessions(new() { Cursor = cursor, Peers = { peers } }, options),
                    async message =>
                    {
                        hasResponded = true;
                        if (message.Session is { State: Session.Types.State.Waiting } session
                            && await TryAcceptAsync(session, cancellationToken))
                        {
                            Remaining--;
                        }

                        cursor = message.Cursor;
                        return Remaining > 0;
                    },
                    cancellationToken);
                if (isDone)
                {
                    return;
                }
            }
            catch (FailureException exception) when (hasResponded && exception.Failure.ExitCode == ExitCode.Unavailable)
            {
                // The replica stops or the network failed.
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    // Returns false if this command did not get the key of the session.
    private async Task<bool> TryAcceptAsync(Session session, CancellationToken cancellationToken)
    {
        var id = HexText.Of(session.SessionId.Span);
        SecretFile? file = null;
        try
        {
            // The gateway hands out the key once, so the file must exist before.
            file = Folder is null ? null : SecretFile.Create(Path.Combine(Folder, id));
            return await TryAcceptAsync(session, id, file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception
            || (exception is FailureException && Folder is not null && file is null))
        {
            HasFailed = true;
            Report(session, fingerprint: null, $"The key cannot be handed over: {exception.Message}");
            return false;
        }
        finally
        {
            file?.Dispose();
        }
    }

    private async Task<bool> TryAcceptAsync(Session session, string id, SecretFile? file, CancellationToken cancellationToken)
    {
        var isRepeated = _unclear.Remove(id, out var earlier);
        var idempotencyKey = isRepeated ? earlier.IdempotencyKey : HexText.Of(RandomNumberGenerator.GetBytes(16));
        ClaimSessionResponse claimed;
        try
        {
            claimed = await RepeatAsync(
                () => gateway.CallSessionsAsync(
                    parsed,
                    (client, options) => client.ClaimSessionAsync(
                        new()
                        {
                            SessionId = session.SessionId,
                            IdempotencyKey = idempotencyKey,
                            DeriveLabels = { Choice.LabelsOf(parsed) },
                        },
                        options),
                    cancellationToken,
                    CallTime),
                cancellationToken);
        }
        catch (FailureException exception) when (!isRepeated && exception.Failure.Reason is ("SESSION_NOT_WAITING" or "SESSION_NOT_FOUND"))
        {
            // The key went to another caller.
            return false;
        }
        catch (FailureException exception) when (exception.Failure.ExitCode == ExitCode.Unavailable)
        {
            _unclear[id] = (session, idempotencyKey);
            throw;
        }
        catch (FailureException exception)
        {
            HasFailed = true;
            Report(session, fingerprint: null, $"The key cannot be claimed: {exception.Failure.Message}");
            return false;
        }

        var key = Choice.Encode(parsed, session.SessionId, claimed.Key, claimed.DerivedKey, claimed.LabelKeys);
        try
        {
            file?.Write(key);
            var problem = Command is null ? null : await RunCommandAsync(Command, id, claimed.Session, key, cancellationToken);
            problem ??= await AcknowledgeAsync(session, idempotencyKey, cancellationToken);
            Report(claimed.Session, SessionKeyOptions.Fingerprint(claimed.Key), problem);
            HasFailed |= problem is not null;
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // Returns what went wrong.
    private static async Task<string?> RunCommandAsync(
        string command, string id, Session session, byte[] key, CancellationToken cancellationToken)
    {
        var exitCode = await KeyCommand.RunAsync(
            command, key, [("RKE_SESSION_ID", id), ("RKE_SESSION_PEER", session.Peer)], cancellationToken);
        return exitCode == 0 ? null : $"The command ended with exit code {exitCode}, and the session is not acknowledged.";
    }

    private async Task<string?> AcknowledgeAsync(Session session, string idempotencyKey, CancellationToken cancellationToken)
    {
        try
        {
            await RepeatAsync(
                () => gateway.CallSessionsAsync(
                    parsed,
                    (client, options) => client.AcknowledgeSessionAsync(
                        new() { SessionId = session.SessionId, IdempotencyKey = idempotencyKey }, options),
                    cancellationToken,
                    CallTime),
                cancellationToken);
            return null;
        }
        catch (FailureException exception)
        {
            return $"The session cannot be acknowledged: {exception.Failure.Message} The gateway deletes its key at the end of the lease.";
        }
    }

    // The idempotency key makes it safe to repeat a call whose response was lost.
    private static async Task<T> RepeatAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (FailureException exception) when (attempt < Attempts && exception.Failure.ExitCode == ExitCode.Unavailable)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private void Report(Session session, string? fingerprint, string? problem)
    {
        var id = HexText.Of(session.SessionId.Span);
        if (IsJson)
        {
            new Report()
                .Add("session_id", id)
                .Add("peer", session.Peer)
                .Add("key_size", session.KeySize)
                .Add("key_fingerprint", fingerprint)
                .Add("acknowledged", problem is null)
                .Add("problem", problem)
                .WriteJsonLine(Terminal);
            return;
        }

        // The command can use standard output, so the progress is on standard error.
        Terminal.Error.Write(SafeText.Styled(
            $"{id}  {session.Peer}  {session.KeySize} bytes  {fingerprint ?? "-"}  {problem ?? "acknowledged"}",
            problem is null ? Styles.Name : Styles.Error));
    }
}
