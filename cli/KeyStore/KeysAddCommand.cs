using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Cli;

/// <summary>
/// <c>rkectl keys add</c> and <c>rkectl keys rotate</c>: the derived key of a session becomes the key that this side shares with a peer. One
/// side initiates the session, and the other one claims it.
/// </summary>
internal static class KeysAddCommand
{
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    public static Command CreateAdd(Terminal terminal, Option<bool> json) =>
        Create(terminal, json, rotates: false, "add", "Add the key of a session to the key store. The peer must not have a key yet.");

    public static Command CreateRotate(Terminal terminal, Option<bool> json) => Create(
        terminal, json, rotates: true, "rotate", "Replace the key of a peer by the key of a new session. The old key stays as PEER.previous.");

    private static Command Create(Terminal terminal, Option<bool> json, bool rotates, string name, string description)
    {
        var peer = new Argument<string>("peer") { Description = "The name of the peer in the key store." };
        var receiver = new Option<string?>("--receiver")
        {
            Description = "Initiate a session with this receiver: a domain name, or a signalling service as HOST:PORT.",
            HelpName = "receiver",
        };
        var session = new Option<HexValue?>("--session")
        {
            Description = "Claim this session, which the peer initiated: 32 hexadecimal digits.",
            HelpName = "id",
            CustomParser = OptionParsers.Hex16,
        };
        var lifetime = StoreOption.Lifetime("--lifetime", "How long the key may be used. Default: no limit.");
        var overlap = StoreOption.Lifetime("--overlap", "How long the old key may still be used. Default: 1h.");
        var storeOption = StoreOption.Create();
        var command = new Command(name, description) { peer, receiver, session, lifetime, storeOption };
        if (rotates)
        {
            command.Add(overlap);
        }

        var gateway = GatewayOptions.AddTo(command, deadline: TimeSpan.FromSeconds(30));
        command.Validators.Add(result =>
        {
            if (result.GetResult(receiver) is null == result.GetResult(session) is null)
            {
                result.AddError("Give --receiver to initiate a session, or --session to claim one.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = StoreOption.Read(parsed, storeOption);
            var named = KeyStore.CheckPeer(parsed.GetRequiredValue(peer));
            using var old = store.TryFind(named);
            Check(named, old, rotates);
            store.CheckWritable(named);
            var idempotencyKey = HexText.Of(RandomNumberGenerator.GetBytes(16));
            var isInitiated = parsed.GetValue(receiver) is not null;
            var (id, bytes) = isInitiated
                ? await InitiateAsync(gateway, parsed, parsed.GetValue(receiver)!, cancellationToken)
                : await ClaimAsync(gateway, parsed, parsed.GetValue(session)!, idempotencyKey, cancellationToken);
            var now = TimeOfDay.Now(TimeProvider.System);
            var key = new StoredKey(named, id, bytes, now, now + parsed.GetValue(lifetime));
            try
            {
                store.Put(key, rotates ? now + (parsed.GetValue(overlap) ?? Overlap) : null);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new FailureException(
                    ExitCode.Usage,
                    $"The key of session {id} cannot be stored: {exception.Message}",
                    isInitiated
                        ? "Repair the key store. Then replace the key at both sides."
                        : $"Repair the key store. For a short time, 'rkectl session claim {id} --idempotency-key {idempotencyKey}' returns the key again.");
            }

            if (!isInitiated)
            {
                await AcknowledgeAsync(gateway, parsed, parsed.GetValue(session)!, idempotencyKey, cancellationToken);
            }

            using var stored = store.Find(named);
            StoreShow.Of(stored, reveals: false).Write(terminal, parsed.GetValue(json));
            CryptographicOperations.ZeroMemory(bytes);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    // Before the session: its key is handed out once.
    private static void Check(string peer, StoreEntry? old, bool rotates)
    {
        if (rotates)
        {
            _ = old is null
                ? throw new FailureException(ExitCode.NotFound, $"There is no key of '{peer}' to rotate.", "Use 'rkectl keys add'.")
                : old.Usable();
        }
        else if (old is not null)
        {
            throw new FailureException(
                ExitCode.Refused, $"There is a key of '{peer}' already.", "Use 'rkectl keys rotate', or 'rkectl keys expire' to delete it.");
        }
    }

    private static async Task<(string Id, byte[] Key)> InitiateAsync(
        GatewayOptions gateway, ParseResult parsed, string receiver, CancellationToken cancellationToken)
    {
        var request = new InitiateSessionRequest();
        request.SetReceiver(receiver);
        var made = await gateway.CallSessionsAsync(
            parsed, (client, options) => client.InitiateSessionAsync(request, options), cancellationToken);
        return (HexText.Of(made.SessionId.Span), made.DerivedKey.ToByteArray());
    }

    private static async Task<(string Id, byte[] Key)> ClaimAsync(
        GatewayOptions gateway, ParseResult parsed, HexValue session, string idempotencyKey, CancellationToken cancellationToken)
    {
        var claimed = await gateway.CallSessionsAsync(
            parsed,
            (client, options) => client.ClaimSessionAsync(
                new() { SessionId = ByteString.CopyFrom(session.Bytes), IdempotencyKey = idempotencyKey }, options),
            cancellationToken);
        return (HexText.Of(claimed.Session.SessionId.Span), claimed.DerivedKey.ToByteArray());
    }

    private static async Task AcknowledgeAsync(
        GatewayOptions gateway, ParseResult parsed, HexValue session, string idempotencyKey, CancellationToken cancellationToken)
    {
        try
        {
            await gateway.CallSessionsAsync(
                parsed,
                (client, options) => client.AcknowledgeSessionAsync(
                    new() { SessionId = ByteString.CopyFrom(session.Bytes), IdempotencyKey = idempotencyKey }, options),
                cancellationToken);
        }
        catch (FailureException)
        {
            // The gateway deletes the key at the end of the lease.
        }
    }
}
