using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Coins;

/// <summary>The steps of Redis, of the recovery of the replicas, of the key server and its readers, and the failures.</summary>
internal sealed partial class CoinWorld
{
    // Commands for coins that no caller waits for, and commands that were sent.
    private void AddCommands(List<Step<CoinWorld>> steps)
    {
        for (var index = 0; index < _wire.Count; index++)
        {
            AddRunSent(steps, index);
        }

        for (var replica = 0; replica < _replicas.Length; replica++)
        {
            for (var index = 0; _replicas[replica].IsUp && index < _replicas[replica].Queue.Count; index++)
            {
                AddRunQueued(steps, replica, index);
            }
        }
    }

    private void AddRunSent(List<Step<CoinWorld>> steps, int index)
    {
        var sent = _wire[index];

        // After a failover, the replicas write back their last reservations before they use the new primary.
        if (sent.Command.Script == CoinScript.Reserve && _standby is not null && Array.Exists(_replicas, replica => !replica.IsUp))
        {
            return;
        }

        var next = new CoinWorld(this);
        next._wire.RemoveAt(index);
        var reply = next.Run(sent.Command);
        var violation = sent.Command.Script == CoinScript.Reserve ? next.OnReserved(sent, reply, this) : null;
        var late = sent.Call >= 0 ? "" : "the late ";
        Add(steps, new($"Redis runs {late}{sent.Command.Script} of call {{0}}", sent.Command.Part), next, violation);
    }

    private string? OnReserved(Sent sent, CoinReply reply, CoinWorld before)
    {
        var ticket = sent.Command.Ticket;
        string? violation = null;
        if (reply.Numbers[0] == 0)
        {
            var coin = sent.Command.Coins[reply.Numbers[1]];
            _posts[ticket] = _posts[ticket] with { GrantedAt = _now, Coin = coin };
            violation = before._redis.Coins[coin].RestsUntil > Clock ? $"Resting coin {coin} is granted."
                : _redis.Uses[coin].Posts.Count(post => post.At > Clock - _setup.Times.Window) > _setup.Posts
                    ? $"Coin {coin} posts more often than its limit." : null;
        }
        else if (reply.Numbers[0] == 1 && reply.Numbers[3] == 1 && (sent.Command.Listed > 0 || !_setup.HasIndex) && Enumerable.Range(0, _setup.Coins).Any(before.IsFree))
        {
            violation = $"Call {sent.Command.Part} gets no coin, although one is free.";
        }

        if (sent.Call >= 0)
        {
            _calls[sent.Call] = _calls[sent.Call] with { Phase = CallPhase.Replied, Reply = reply };
        }

        return violation;
    }

    private bool IsFree(int coin) => _redis.Coins[coin].OccupiedUntil <= Clock && _redis.Coins[coin].RestsUntil <= Clock
        && (_setup.Posts == 0 || _redis.Uses[coin].Posts.Count(post => post.At > Clock - _setup.Times.Window) < _setup.Posts);

    private void AddRunQueued(List<Step<CoinWorld>> steps, int replica, int index)
    {
        var command = _replicas[replica].Queue[index];
        var next = new CoinWorld(this);
        next._replicas[replica].Queue.RemoveAt(index);
        var reply = next.Run(command);
        if (command.Script == CoinScript.Find && reply.Coins is [var coin])
        {
            next._replicas[replica].Queue.Add(new(CoinScript.Free) { Part = command.Part, Coins = [coin] });
        }

        Add(steps, new($"replica {{0}} runs {command.Script} of call {{1}}", replica, command.Part), next);
        if (_lostReplies > 0 && command.Script is CoinScript.Complete or CoinScript.Free or CoinScript.Withdraw)
        {
            var lost = new CoinWorld(this);
            lost._lostReplies--;
            lost._wire.Add(new(command, CoinRedis.None, _now));
            Add(steps, new($"replica {{0}} sends {command.Script} of call {{1}}, and gets no reply", replica, command.Part), lost);
        }
    }

    // gateway/Coins/RedisHeldCoins.cs. The replica takes the list of its coins and sends it in one step.
    private void AddRestores(List<Step<CoinWorld>> steps)
    {
        for (var replica = 0; replica < _replicas.Length; replica++)
        {
            var state = _replicas[replica];
            switch (state.Restoring.Phase)
            {
                case RestorePhase.None when !state.IsUp:
                    var recovered = new CoinWorld(this);
                    recovered.Restore(replica, state.Epoch, recentOnly: true);
                    Add(steps, new("replica {0} reconnects and writes back its last reservations", replica), recovered);
                    break;
                case RestorePhase.None when NeedsCheck(replica):
                    var restored = new CoinWorld(this);
                    restored.Restore(replica, state.Epoch, recentOnly: false);
                    Add(steps, new("replica {0} checks the epoch and restores its coins", replica), restored);
                    break;
                case RestorePhase.Again:
                    var again = new CoinWorld(this);
                    again.Restore(replica, state.Restoring.Expected, recentOnly: false);
                    Add(steps, new("replica {0} restores its coins in the new epoch", replica), again);
                    break;
                case RestorePhase.Replied:
                    var next = new CoinWorld(this);
                    next.ProcessRestoreReply(replica);
                    Add(steps, new("replica {0} processes the reply to its restore", replica), next);
                    break;
            }
        }
    }

    private bool NeedsCheck(int replica)
    {
        var state = _replicas[replica];
        if (!Array.Exists(state.Held, held => held.Ticket >= 0))
        {
            return false;
        }

        if (state.Epoch != _redis.Epoch)
        {
            return true;
        }

        // The check repeats during the grace period, so it finds coins whose reservation was processed after the first restore.
        return _setup.Mutation is not (CoinMutation.RestoreOnce or CoinMutation.NoRestore)
            && Clock - _redis.Epoch < _setup.Times.Grace
            && Enumerable.Range(0, _setup.Coins).Any(coin =>
                state.Held[coin].Ticket >= 0
                && _redis.Coins[coin].OccupiedUntil < (_setup.Mutation == CoinMutation.FirstRestoreWins
                    ? Clock
                    : Clock + ((state.Held[coin].Ends - _now) * CoinClock.Tick)));
    }

    private void Restore(int replica, long epoch, bool recentOnly)
    {
        var state = _replicas[replica];
        var isForgotten = _setup.Mutation == CoinMutation.NoRestore || (recentOnly && _setup.Mutation == CoinMutation.NoRestoreOfRecent);
        var held = Enumerable.Range(0, _setup.Coins)
            .Where(coin => state.Held[coin].Ticket >= 0 && !isForgotten && (!recentOnly || state.Held[coin].Since == _now))
            .Select(coin => new HeldCoin(
                coin,
                state.Held[coin].Ticket,
                CallOf(state.Held[coin].Ticket),
                ((state.Held[coin].Ends - _now) * CoinClock.Tick) + 1000))
            .ToArray();
        var reply = Run(new(CoinScript.Restore) { Epoch = epoch, Held = held });
        state.Restoring = new(RestorePhase.Replied, epoch, reply.Numbers[0]);
        foreach (var coin in held)
        {
            // The restored coin may be one that another replica has released in the meantime.
            _posts[coin.Ticket] = _posts[coin.Ticket] with { HasExcuse = true };
        }
    }

    private void ProcessRestoreReply(int replica)
    {
        var state = _replicas[replica];
        var (_, expected, found) = state.Restoring;
        if (found == expected)
        {
            state.Epoch = found;
            state.IsUp = true;
            state.Restoring = default;

            // Redis may have lost its data again, so the epoch may not be the one that the call named.
            for (var call = 0; call < _calls.Length; call++)
            {
                if (_calls[call].Phase == CallPhase.Restoring && _calls[call].Replica == replica)
                {
                    _calls[call] = _calls[call] with { Epoch = found };
                }
            }
        }
        else
        {
            state.Restoring = new(RestorePhase.Again, found, 0);
        }
    }

    private void AddServer(List<Step<CoinWorld>> steps)
    {
        for (var ticket = 0; ticket < _posts.Length; ticket++)
        {
            var post = _posts[ticket];
            if (post.Datagram == Datagram.Stored
                && _setup.Mutation == CoinMutation.ServerRepeatsPosts
                && !_calls[CallOf(ticket)].IsActive
                && _now < post.SentAt + CoinSetup.DatagramLifetime
                && _slots[post.Coin] != ticket)
            {
                var repeated = new CoinWorld(this);
                repeated._slots[post.Coin] = ticket;
                repeated._posts[ticket] = post with { Outcome = Outcome.Orphaned, HasExcuse = true };
                Add(steps, new("a copy of the datagram of call {0} arrives", CallOf(ticket)), repeated, Overwrites(post.Coin));
            }

            if (post.Datagram != Datagram.Sent)
            {
                continue;
            }

            var stored = new CoinWorld(this);
            stored._slots[post.Coin] = ticket;
            stored._slotsEnd[post.Coin] = _now + _setup.Lifetime;
            stored._posts[ticket] = post with { Datagram = Datagram.Stored };
            Add(
                steps,
                new("the key server stores the part of call {0} under coin {1}", CallOf(ticket), post.Coin),
                stored,
                Overwrites(post.Coin));
            if (_setup.ServerRefuses)
            {
                var overused = new CoinWorld(this);
                overused._posts[ticket] = post with { Datagram = Datagram.Overused };
                Add(steps, new("the key server replies to call {0}: coin {1} is overused", CallOf(ticket), post.Coin), overused);
            }
        }
    }

    private string? Overwrites(int coin)
    {
        var ticket = _slots[coin];
        return ticket >= 0 && _posts[ticket].Outcome is Outcome.Pending or Outcome.Readable
            && _now < _posts[ticket].GrantedAt + _setup.Lifetime
            ? $"The unread part of call {CallOf(ticket)} under coin {coin} is overwritten."
            : null;
    }

    private void AddReaders(List<Step<CoinWorld>> steps)
    {
        for (var coin = 0; coin < _slots.Length; coin++)
        {
            var ticket = _slots[coin];
            if (ticket < 0 || !CanBeRead(_posts[ticket].Outcome))
            {
                continue;
            }

            for (var replica = 0; replica < _replicas.Length; replica++)
            {
                var next = new CoinWorld(this);
                next._slots[coin] = CoinRedis.None;
                next._slotsEnd[coin] = 0;
                var state = next._replicas[replica];
                if (state.Held[coin].Ticket == ticket)
                {
                    state.Held[coin] = Holding.None;
                }

                state.Queue.Add(_setup.CoinIsUnknown
                    ? new(CoinScript.Find) { Part = CallOf(ticket) }
                    : new(CoinScript.Free) { Part = CallOf(ticket), Coins = [coin] });
                Add(steps, new("a receiver reads the part of call {0} through replica {1}", CallOf(ticket), replica), next);
            }
        }
    }

    // Before the call ends, only a caller that chose the key id has it.
    private bool CanBeRead(Outcome outcome) => outcome == Outcome.Readable || (outcome == Outcome.Pending && !_setup.KeyIdIsSecret);

    private void AddFailures(List<Step<CoinWorld>> steps)
    {
        if (_flushes > 0)
        {
            var next = new CoinWorld(this) { _flushes = _flushes - 1 };
            next.LoseData();
            Add(steps, new("Redis loses its data"), next);
        }

        if (_restartsWithoutData > 0)
        {
            var next = new CoinWorld(this) { _restartsWithoutData = _restartsWithoutData - 1 };
            next.LoseData();
            next.Disconnect();
            Add(steps, new("Redis restarts without data"), next);
        }

        if (_restartsWithData > 0)
        {
            var next = new CoinWorld(this) { _restartsWithData = _restartsWithData - 1 };
            next.Disconnect();
            Add(steps, new("Redis restarts with its data"), next);
        }

        if (_failovers > 0)
        {
            var next = new CoinWorld(this) { _failovers = _failovers - 1, _redis = _standby!.Clone() };
            next.ForgetLostReplicas();
            next.Disconnect();
            Add(steps, new("a replica of Redis without the last writes becomes the primary"), next);

            if (_isStandbyBehind)
            {
                var replicated = new CoinWorld(this) { _standby = _redis, _isStandbyBehind = false };
                Add(steps, new("the replica of Redis receives all writes"), replicated);
            }
        }

        for (var replica = 0; _crashes > 0 && replica < _replicas.Length; replica++)
        {
            var next = new CoinWorld(this) { _crashes = _crashes - 1 };
            next.Crash(replica);
            Add(steps, new("replica {0} restarts", replica), next);
        }
    }

    private void LoseData()
    {
        _losses++;
        _redis = new(_setup.Coins, _setup.Calls, _setup.Tickets);
        ForgetLostReplicas();
    }

    // docs/STATE.md: coins of a replica that failed are free after a loss of data.
    private void ForgetLostReplicas()
    {
        for (var ticket = 0; ticket < _posts.Length; ticket++)
        {
            var post = _posts[ticket];
            _posts[ticket] = post with { HasExcuse = true, Outcome = post.IsLost ? Outcome.NotStored : post.Outcome };
        }
    }

    private void Disconnect()
    {
        _wire.Clear();
        for (var call = 0; call < _calls.Length; call++)
        {
            // A reply that the replica processes after the outage does not count.
            if (_calls[call].Phase == CallPhase.Replied && _setup.Mutation != CoinMutation.ReplyOutlivesOutage)
            {
                _calls[call] = _calls[call] with { Phase = CallPhase.Reserving, Reply = null };
            }
        }

        foreach (var replica in _replicas)
        {
            replica.IsUp = false;
            replica.Restoring = default;
        }
    }

    private void Crash(int replica)
    {
        var crashed = _replicas[replica];
        for (var ticket = 0; ticket < _posts.Length; ticket++)
        {
            var post = _posts[ticket];
            if (post.GrantedAt < 0 || _calls[CallOf(ticket)].Replica != replica)
            {
                continue;
            }

            // If Redis lost the reservation too, the crash removes the last record of it.
            var isInRedis = _redis.Coins[post.Coin].Ticket == ticket && (_standby is null || _standby.Coins[post.Coin].Ticket == ticket);
            var outcome = !isInRedis && crashed.Held[post.Coin].Ticket == ticket ? Outcome.NotStored
                : post.Outcome == Outcome.Pending ? (_setup.KeyIdIsSecret ? Outcome.Orphaned : Outcome.Readable)
                : post.Outcome;
            _posts[ticket] = post with { Outcome = outcome, HasExcuse = true, IsLost = true };
        }

        foreach (var lost in crashed.Queue.Where(command => command.Part >= 0))
        {
            // The release is lost.
            for (var ticket = lost.Part * _setup.Attempts; ticket < (lost.Part + 1) * _setup.Attempts; ticket++)
            {
                _posts[ticket] = _posts[ticket] with { HasExcuse = true };
            }
        }

        for (var call = 0; call < _calls.Length; call++)
        {
            if (_calls[call].IsActive && _calls[call].Replica == replica)
            {
                for (var index = 0; index < _wire.Count; index++)
                {
                    _wire[index] = _wire[index].Call == call ? _wire[index] with { Call = CoinRedis.None } : _wire[index];
                }

                var ticket = TicketOf(call);
                _posts[ticket] = _posts[ticket] with { HasExcuse = true };
                End(call);
            }
        }

        _replicas[replica] = new(_setup.Coins) { IsUp = crashed.IsUp };
    }

    // Time passes only when each party has done what it does within the time. docs/MODEL.md lists these assumptions.
    private void AddTick(List<Step<CoinWorld>> steps)
    {
        if (_now == _setup.Horizon
            || Array.Exists(_calls, call => call.Phase is CallPhase.Reserving or CallPhase.Replied or CallPhase.Restoring)
            || Array.Exists(_calls, call => call.IsActive && call.Started < _now))
        {
            return;
        }

        for (var replica = 0; replica < _replicas.Length; replica++)
        {
            if (!_replicas[replica].IsUp || _replicas[replica].Restoring.Phase != RestorePhase.None || NeedsCheck(replica))
            {
                return;
            }
        }

        var next = new CoinWorld(this) { _now = _now + 1 };
        next.Age();
        Add(steps, new("time passes: tick {0}", next._now), next);
    }

    private void Age()
    {
        _redis.Expire(Clock);
        (_standby, _isStandbyBehind) = (_standby is null ? null : _redis.Clone(), false);
        _wire.RemoveAll(sent => sent.At + 1 < _now);
        for (var ticket = 0; ticket < _posts.Length; ticket++)
        {
            var post = _posts[ticket];
            if (post.Datagram == Datagram.Sent && post.SentAt + CoinSetup.DatagramLifetime <= _now)
            {
                _posts[ticket] = post with { Datagram = Datagram.Gone };
            }
        }

        for (var coin = 0; coin < _slots.Length; coin++)
        {
            if (_slots[coin] >= 0 && _slotsEnd[coin] <= _now)
            {
                (_slots[coin], _slotsEnd[coin]) = (CoinRedis.None, 0);
            }

            foreach (var replica in _replicas)
            {
                replica.Held[coin] = replica.Held[coin].Ends <= _now ? Holding.None : replica.Held[coin];
            }
        }
    }
}
