using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Coins;
using Rke.Gateway.Dns;
using Rke.Gateway.Lookup;
using Rke.Gateway.Services;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// Asks all key servers of a network the same name, encrypted under a coin (docs/WIRE.md §5), and believes what at
/// least three and the majority agree on (docs/LOOKUP.md). Those who answer after the decision are not waited for.
/// </summary>
internal sealed class NamePoll(
    Lazy<ServerLinks> links,
    CoinShelf shelf,
    Seals seals,
    ResponseIvs responseIvs,
    IOptions<DnsOptions> options,
    TimeProvider timeProvider)
{
    public async Task<SourceAnswer<T>> AskAsync<T>(
        NameQuestion question, ReadName<T> read, CancellationToken cancellationToken)
        where T : class
    {
        var network = question.Network;
        if (network.Servers.Count < AnswerTally<NameAnswer<T>>.Quorum)
        {
            return SourceAnswer<T>.Failed(string.Create(
                null,
                $"network {network.Id} has {network.Servers.Count} key servers configured, and three must agree"));
        }

        if (shelf.UseLast(network.Id) is not { } user)
        {
            return SourceAnswer<T>.Failed($"the gateway has no coin of network {network.Id} to ask under");
        }

        using (user)
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            // Over a little before callers with as much patience go, so that they learn who did not answer.
            var scope = new CallScope(timeProvider.GetUtcNow() + (options.Value.Timeout * 0.8), stop.Token);
            var asking = network.Servers.Keys.ToDictionary(
                raidaId => AskServerAsync(question, read, raidaId, user, scope));
            try
            {
                return await CountAsync(question, asking, stop.Token);
            }
            finally
            {
                // Nobody may use the coin any more when its use ends.
                await stop.CancelAsync();
                await Task.WhenAll(asking.Keys);
            }
        }
    }

    private async Task<SourceAnswer<T>> CountAsync<T>(
        NameQuestion question, Dictionary<Task<NameAnswer<T>?>, byte> asking, CancellationToken cancellationToken)
        where T : class
    {
        var tally = new AnswerTally<NameAnswer<T>>(asking.Count);
        var mayOutvote = true;
        var patience = Task.Delay(options.Value.FirstWait, timeProvider, cancellationToken);
        await foreach (var done in Task.WhenEach([patience, .. asking.Keys]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            mayOutvote &= done != patience;
            if (done is Task<NameAnswer<T>?> asked)
            {
                if (await asked is { } answer)
                {
                    tally.Count(asking[asked], answer);
                }
                else
                {
                    tally.CountOut();
                }
            }

            if (tally.TryDecide(mayOutvote, out var decided))
            {
                return Decided(question, tally, decided);
            }

            if (tally.IsOver)
            {
                break;
            }
        }

        return Undecided(question, tally, asking.Count);
    }

    private SourceAnswer<T> Decided<T>(NameQuestion question, AnswerTally<NameAnswer<T>> tally, NameAnswer<T> decided)
        where T : class
    {
        var dissenters = tally.Dissenters(decided);
        IReadOnlyList<string> conflicts = dissenters.Count == 0 ? [] :
        [
            $"{question}: key servers {string.Join(", ", dissenters)} of network {question.Network.Id} say otherwise",
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
                $"the key servers of network {question.Network.Id} do not agree about {question}: {tally}",
                LookupFailure.Disagreement)
            : SourceAnswer<T>.Failed(
                $"{tally.Answered} of {asked} key servers of network {question.Network.Id} answered about {question}, "
                + "and three must agree");

    // Null when the server does not answer, or with nothing that is an answer.
    private async Task<NameAnswer<T>?> AskServerAsync<T>(
        NameQuestion question, ReadName<T> read, byte raidaId, CoinUser user, CallScope scope)
        where T : class
    {
        try
        {
            var link = await links.Value.ToServerAsync(question.Network, raidaId, scope);
            var seal = await seals.MakeAsync(user, raidaId, scope.Cancellation);
            using var exchange = await SendAsync(question, link, seal, scope);
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

            var iv = await responseIvs.FindAsync(question.Network, link, scope);
            return NameLookupAnswer.TryRead(question.Type, exchange.Open(iv), out var answer, out _)
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
        NameQuestion question, ServerLink link, RequestSeal seal, CallScope scope) =>
        NameLookupPayload.TryCreate(
            question.Network.Profile, question.Type, question.Name, out var payload, out var error)
            ? link.SendAsync(payload, seal, ResponseIv.Same, scope.Deadline, scope.Cancellation)
            : throw new UnreachableException($"A question that was checked cannot be sent: {error}.");
}
