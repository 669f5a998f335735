using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Lookup;
using Rke.Lookup.Sources;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// Looks up a name at all key servers of a network, encrypted under one coin (docs/WIRE.md §5). It returns the answer
/// that at least three servers and the majority of the answers give (docs/LOOKUP.md). It does not wait for answers
/// after the decision.
/// </summary>
internal sealed class MajorityNameLookup(
    ServerLinks links,
    CoinStore coinStore,
    RequestEncryptionFactory encryptions,
    IOptions<DnsOptions> options,
    TimeProvider timeProvider)
{
    public async Task<SourceAnswer<T>> LookupAsync<T>(
        NameQuestion question, ReadName<T> read, CancellationToken cancellationToken)
        where T : class
    {
        var network = question.Network;
        if (network.Servers.Count < AnswerTally<NameAnswer<T>>.Quorum)
        {
            return SourceAnswer<T>.Failed(string.Create(
                null,
                $"network {network.Id} has {network.Servers.Count} key servers, and three must agree"));
        }

        if (coinStore.TryLeaseLast(network.Id) is not { } lease)
        {
            return SourceAnswer<T>.Failed($"the gateway has no coin of network {network.Id} for name lookups");
        }

        using (lease)
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            // Ends before the timeout of the caller, so that the error can report how many servers answered.
            var scope = new CallScope(MonotonicTime.Now(timeProvider) + (options.Value.Timeout * 0.8), stop.Token);
            var lookups = network.Servers.Keys
                .Select(raidaId => LookupAtServerAsync(question, read, raidaId, lease, scope))
                .ToArray();
            try
            {
                return await CollectAsync(question, lookups, stop.Token);
            }
            finally
            {
                // No request may use the coin after the lease ends.
                await stop.CancelAsync();
                await Task.WhenAll(lookups);
            }
        }
    }

    private async Task<SourceAnswer<T>> CollectAsync<T>(
        NameQuestion question, Task<ServerReply<T>>[] lookups, CancellationToken cancellationToken)
        where T : class
    {
        var tally = new AnswerTally<NameAnswer<T>>(lookups.Length);
        var mayOutvote = true;
        var firstWait = Task.Delay(options.Value.FirstWait, timeProvider, cancellationToken);
        await foreach (var done in Task.WhenEach([firstWait, .. lookups]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            mayOutvote &= done != firstWait;
            if (done is Task<ServerReply<T>> lookup)
            {
                var (raidaId, reply) = await lookup;
                if (reply is { } answer)
                {
                    tally.Count(raidaId, answer);
                }
                else
                {
                    tally.CountSilent();
                }
            }

            if (tally.TryDecide(mayOutvote, out var decided))
            {
                return Decided(question, tally, decided);
            }

            if (tally.IsComplete)
            {
                break;
            }
        }

        return Undecided(question, tally, lookups.Length);
    }

    private SourceAnswer<T> Decided<T>(NameQuestion question, AnswerTally<NameAnswer<T>> tally, NameAnswer<T> decided)
        where T : class
    {
        var dissenters = tally.Dissenters(decided);
        IReadOnlyList<string> conflicts = dissenters.Count == 0 ? [] :
        [
            $"{question}: key servers {string.Join(", ", dissenters)} of network {question.Network.Id} give another answer",
        ];
        return new SourceAnswer<T>(
            decided.Record is { } record ? [record] : [], decided.Record is null ? null : options.Value.RaidaTtl)
        {
            Conflicts = conflicts,
        };
    }

    private static SourceAnswer<T> Undecided<T>(NameQuestion question, AnswerTally<NameAnswer<T>> tally, int asked)
        where T : class =>
        tally is { IsDivided: true, Answered: >= AnswerTally<NameAnswer<T>>.Quorum }
            ? SourceAnswer<T>.Failed(
                $"the key servers of network {question.Network.Id} do not agree about {question}: {tally}"
                + ResponseIvMismatch.HintFor(question.Network),
                LookupFailure.Disagreement)
            : SourceAnswer<T>.Failed(
                $"{tally.Answered} of {asked} key servers of network {question.Network.Id} answered about {question}, "
                + $"and three must agree{ResponseIvMismatch.HintFor(question.Network)}");

    // The result contains the server. A task cannot identify it: all completed tasks with the result null are one object.
    private async Task<ServerReply<T>> LookupAtServerAsync<T>(
        NameQuestion question, ReadName<T> read, byte raidaId, CoinLease lease, CallScope scope)
        where T : class =>
        new(raidaId, await FindAnswerAsync(question, read, raidaId, lease, scope));

    // Null if the server gives no valid answer.
    private async Task<NameAnswer<T>?> FindAnswerAsync<T>(
        NameQuestion question, ReadName<T> read, byte raidaId, CoinLease lease, CallScope scope)
        where T : class
    {
        try
        {
            var link = await links.ToServerAsync(question.Network, raidaId, scope);
            var encryption = await encryptions.CreateAsync(lease, raidaId, scope.Cancellation);
            using var exchange = await SendAsync(question, link, encryption, scope);
            if (exchange is not { Outcome: ExchangeOutcome.Answered })
            {
                return null;
            }

            if (exchange.Status is WireStatus.NoSuchName or WireStatus.NoSuchRecord)
            {
                return new NameAnswer<T>(null);
            }

            if (exchange.Status != WireStatus.Success)
            {
                return null;
            }

            return NameLookupAnswer.TryRead(question.Network.Profile, question.Type, exchange.Payload, out var answer, out _)
                ? new NameAnswer<T>(read(answer))
                : null;
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            return null;
        }
    }

    // Not async: the payload lives on the stack and is encoded before this returns.
    private static ValueTask<Exchange> SendAsync(
        NameQuestion question, ServerLink link, RequestEncryption encryption, CallScope scope) =>
        NameLookupPayload.TryCreate(
            question.Network.Profile, question.Type, question.Name, out var payload, out var error)
            ? link.SendAsync(payload, encryption, question.Network.ResponseIv, scope.Deadline, scope.Cancellation)
            : throw new UnreachableException($"A validated question cannot be encoded: {error}.");
}

/// <summary>A name lookup at the key servers of a network.</summary>
internal sealed record NameQuestion(Network Network, NameRecordType Type, byte[] Name, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Type.ToString().ToUpperInvariant()} {Text}";
}

/// <summary>Reads the content of an answer, which the lookup compares.</summary>
internal delegate T ReadName<T>(in NameLookupAnswer answer);

/// <summary>The result of a name lookup at one key server.</summary>
internal readonly record struct ServerReply<T>(byte RaidaId, NameAnswer<T>? Answer)
    where T : class;

/// <summary>The answer of a key server: the content of a record, or null if there is no record.</summary>
internal readonly record struct NameAnswer<T>(T? Record)
    where T : class;
