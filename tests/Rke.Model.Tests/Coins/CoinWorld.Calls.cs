using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Coins;

/// <summary>The steps of PostKey: gateway/Calls/PostKeyCall.cs and gateway/Coins/RedisCoinState.cs.</summary>
internal sealed partial class CoinWorld
{
    private const int MaxSuggestions = 2;

    private void AddCalls(List<Step<CoinWorld>> steps)
    {
        for (var call = 0; call < _calls.Length; call++)
        {
            switch (_calls[call].Phase)
            {
                // Calls are alike, so they start in order. The first one starts at replica 0, because replicas are alike too.
                case CallPhase.NotStarted when call == 0 || _calls[call - 1].Phase != CallPhase.NotStarted:
                    for (var replica = 0; replica < (call == 0 ? 1 : CoinSetup.Replicas); replica++)
                    {
                        AddStart(steps, call, replica);
                    }

                    break;
                case CallPhase.Reserving:
                    AddLoseReply(steps, call);
                    break;
                case CallPhase.Replied:
                    AddLoseReply(steps, call);
                    AddProcessReply(steps, call);
                    break;
                case CallPhase.Restoring:
                    AddReserveAgain(steps, call);
                    break;
                case CallPhase.Reserved:
                    AddSend(steps, call);
                    break;
                case CallPhase.Sent:
                    AddEnd(steps, call);
                    break;
            }
        }
    }

    private void AddStart(List<Step<CoinWorld>> steps, int call, int replica)
    {
        if (!_replicas[replica].IsUp)
        {
            return;
        }

        var next = new CoinWorld(this);
        next._calls[call] = new(CallPhase.NotStarted, replica, _now, 0, 0, 0, 0) { UsesIndex = _setup.HasIndex };
        next.Reserve(call, next.FirstBatch());
        Add(steps, new("call {0} starts at replica {1}, which sends a reservation", call, replica), next);
        if (_setup.StartsWithoutIndex)
        {
            var direct = new CoinWorld(this);
            direct._calls[call] = new(CallPhase.NotStarted, replica, _now, 0, 0, 0, 0);
            direct.Reserve(call, direct.FirstBatch());
            Add(steps, new("call {0} starts at replica {1}, which sends a reservation without the index", call, replica), direct);
        }
    }

    private int[] FirstBatch() => _setup.HasIndex ? [0] : [.. Enumerable.Range(0, _setup.Coins)];

    private void Reserve(int call, int[] coins)
    {
        var epoch = _replicas[_calls[call].Replica].Epoch;
        var command = new CoinCommand(CoinScript.Reserve)
        {
            Ticket = TicketOf(call),
            Part = call,
            Coins = coins,
            Epoch = epoch,
            Listed = _calls[call].UsesIndex ? _setup.Coins : 0,
        };
        _wire.Add(new(command, call, _now));
        _calls[call] = _calls[call] with { Phase = CallPhase.Reserving, Candidates = coins, Reply = null, Epoch = 0 };
    }

    // The reply or the command is lost, or the circuit gives up. Then it is unknown whether the script ran or will run.
    private void AddLoseReply(List<Step<CoinWorld>> steps, int call)
    {
        var next = new CoinWorld(this);
        var ticket = TicketOf(call);
        if (_setup.Mutation != CoinMutation.NoWithdrawal)
        {
            next._replicas[_calls[call].Replica].Queue.Add(
                new(CoinScript.Withdraw) { Ticket = ticket, Part = call, Coins = _calls[call].Candidates });
        }

        next._wire.RemoveAll(sent => sent.Call == call);
        next._wire.AddRange(_wire.Where(sent => sent.Call == call).Select(sent => sent with { Call = CoinRedis.None }));
        next.EndWithoutPart(call);
        Add(steps, new("call {0} gets no reply from Redis and ends; its replica will withdraw the reservation", call), next);
    }

    private void EndWithoutPart(int call)
    {
        var ticket = TicketOf(call);
        _posts[ticket] = _posts[ticket] with { Outcome = Outcome.NotStored };
        End(call);
    }

    private void End(int call) => _calls[call] = new(
        CallPhase.Ended, _calls[call].Replica, 0, _calls[call].Attempt, 0, 0, 0);

    private void AddProcessReply(List<Step<CoinWorld>> steps, int call)
    {
        var next = new CoinWorld(this);
        var (state, reply) = (_calls[call], _calls[call].Reply!);
        switch (reply.Numbers[0])
        {
            case 0:
                var coin = state.Candidates[reply.Numbers[1]];
                next._replicas[state.Replica].Held[coin] = new(TicketOf(call), _now, _now + _setup.Lifetime);
                next._calls[call] = state with { Phase = CallPhase.Reserved, Reply = null, Candidates = [] };
                Add(steps, new("call {0} gets coin {1}", call, coin), next);
                return;
            case 1 when _setup.HasIndex && !state.UsesIndex:
                next._calls[call] = state with { UsesIndex = true };
                next.Reserve(call, state.Candidates);
                Add(steps, new("call {0} tries the same coin with the index", call), next);
                return;
            case 1 when reply.Coins.Length > 0 && state.Suggestions < MaxSuggestions:
                next._calls[call] = state with { Suggestions = state.Suggestions + 1 };
                next.Reserve(call, reply.Coins);
                Add(steps, new("call {0} tries {1} coins of the index", call, reply.Coins.Length), next);
                return;
            case 1 when reply.Numbers[3] == 0 && state.Offset + 1 < _setup.Coins:
                next._calls[call] = state with { Offset = state.Offset + 1 };
                next.Reserve(call, [state.Offset + 1]);
                Add(steps, new("call {0} tries the next coin", call), next);
                return;
            case 2 when state.Tries + 1 < MaxTries:
                next._calls[call] = state with
                {
                    Phase = CallPhase.Restoring,
                    Tries = state.Tries + 1,
                    Epoch = reply.Numbers[1],
                    Reply = null,
                };
                Add(steps, new("the reply to call {0} names another epoch", call), next);
                return;
            default:
                next.EndWithoutPart(call);
                Add(steps, new("call {0} ends: no coin (answer {1})", call, (int)reply.Numbers[0]), next);
                return;
        }
    }

    private void AddReserveAgain(List<Step<CoinWorld>> steps, int call)
    {
        var replica = _replicas[_calls[call].Replica];
        if (replica.Epoch == _calls[call].Epoch)
        {
            var next = new CoinWorld(this);
            next.Reserve(call, _calls[call].Candidates);
            Add(steps, new("call {0} sends the reservation again", call), next);
        }
        else if (replica.Restoring.Phase == RestorePhase.None)
        {
            var next = new CoinWorld(this);
            next.Restore(_calls[call].Replica, _calls[call].Epoch, recentOnly: false);
            Add(steps, new("replica {0} restores its coins for call {1}", _calls[call].Replica, call), next);
        }
    }

    private void AddSend(List<Step<CoinWorld>> steps, int call)
    {
        var ticket = TicketOf(call);
        var sent = new CoinWorld(this);
        sent._posts[ticket] = _posts[ticket] with { Datagram = Datagram.Sent, SentAt = _now };
        sent._calls[call] = _calls[call] with { Phase = CallPhase.Sent };
        Add(steps, new("call {0} sends its part under coin {1}", call, _posts[ticket].Coin), sent);

        var cancelled = new CoinWorld(this);
        cancelled.Complete(ticket, Outcome.NotStored, isNotSent: true);
        cancelled.End(call);
        Add(steps, new("call {0} is cancelled before it sends its part", call), cancelled);
    }

    private void AddEnd(List<Step<CoinWorld>> steps, int call)
    {
        var ticket = TicketOf(call);
        var unknown = new CoinWorld(this);
        unknown.Complete(ticket, _setup.KeyIdIsSecret ? Outcome.Orphaned : Outcome.Readable);
        unknown._posts[ticket] = unknown._posts[ticket] with { HasExcuse = unknown._posts[ticket].HasExcuse || !_setup.KeyIdIsSecret };
        unknown.End(call);
        Add(steps, new("call {0} ends without a reply of the key server", call), unknown);

        switch (_posts[ticket].Datagram)
        {
            case Datagram.Stored:
                var stored = new CoinWorld(this);
                stored.Complete(ticket, Outcome.Readable);
                stored.OrphanEarlierAttempts(call);
                stored.Accept(call);
                stored.End(call);
                Add(steps, new("call {0} ends: the part is stored", call), stored);
                break;
            case Datagram.Overused:
                var overused = new CoinWorld(this);
                overused.Complete(ticket, Outcome.NotStored);
                overused.QueueOf(call).Add(
                    new(CoinScript.Cooldown) { Coins = [_posts[ticket].Coin], Duration = _setup.Times.FirstRest });
                overused.Accept(call);
                overused.TryNextCoin(call);
                Add(steps, new("call {0} gets the reply: coin {1} is overused", call, _posts[ticket].Coin), overused);
                break;
        }

        // Refusals of a coin are not signed, so the datagram may arrive too.
        if (_setup.ServerRefuses)
        {
            var refused = new CoinWorld(this);
            refused.Complete(ticket, _setup.KeyIdIsSecret ? Outcome.Orphaned : Outcome.Readable);
            refused._posts[ticket] = refused._posts[ticket] with { HasExcuse = true };
            refused.QueueOf(call).Add(new(CoinScript.Refuse) { Coins = [_posts[ticket].Coin] });
            refused.TryNextCoin(call);
            Add(steps, new("call {0} gets an unsigned reply: the server refuses coin {1}", call, _posts[ticket].Coin), refused);
        }
    }

    // The replica has a list of the refused coins. The server has accepted the coin, so its rest ends.
    private void Accept(int call)
    {
        var coin = _posts[TicketOf(call)].Coin;
        if (_redis.Refused[coin].Count > 0)
        {
            QueueOf(call).Add(new(CoinScript.Accept) { Coins = [coin] });
        }
    }

    private List<CoinCommand> QueueOf(int call) => _replicas[_calls[call].Replica].Queue;

    private void TryNextCoin(int call)
    {
        var attempt = _calls[call].Attempt + 1;
        if (attempt == _setup.Attempts || !_replicas[_calls[call].Replica].IsUp)
        {
            End(call);
            return;
        }

        _calls[call] = _calls[call] with { Attempt = attempt, Tries = 0, Offset = 0, Suggestions = 0, UsesIndex = _setup.HasIndex };
        Reserve(call, FirstBatch());
    }

    // The part is stored under another coin, so the copies under the coins before need not be kept.
    private void OrphanEarlierAttempts(int call)
    {
        for (var ticket = call * _setup.Attempts; ticket < TicketOf(call); ticket++)
        {
            if (_posts[ticket].Outcome == Outcome.Readable)
            {
                Complete(ticket, Outcome.Orphaned);
            }
        }
    }

    private void Complete(int ticket, Outcome outcome, bool isNotSent = false)
    {
        var post = _posts[ticket];
        _posts[ticket] = post with { Outcome = outcome };
        if (outcome == Outcome.Readable)
        {
            return;
        }

        var (replica, duration) = (ReplicaOf(ticket), 0L);
        if (outcome == Outcome.Orphaned && _setup.Mutation != CoinMutation.OrphanIsFreeAtOnce)
        {
            duration = CoinSetup.DatagramLifetime * CoinClock.Tick;
        }

        if (replica.Held[post.Coin] is var held && held.Ticket == ticket)
        {
            var ends = Math.Min(held.Ends, _now + CoinSetup.DatagramLifetime);
            replica.Held[post.Coin] = duration == 0 ? Holding.None : held with { Ends = ends };
        }

        replica.Queue.Add(new(CoinScript.Complete)
        {
            Ticket = ticket,
            Part = CallOf(ticket),
            Coins = [post.Coin],
            IsNotSent = isNotSent,
            Duration = duration,
        });
    }
}
