-- The common prologue of all session scripts: starts a new epoch if necessary, expires sessions, and removes old ones.
-- KEYS  1 rke:{s}:n; all session keys have its hash tag
local prefix = string.sub(KEYS[1], 1, -2)
local numbers, waiting, log, ends, missed = KEYS[1], prefix .. 'w', prefix .. 'l', prefix .. 'x', prefix .. 'm'
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- An epoch lasts while the same Redis process is the primary. Data that came from another process, by replication or from disk,
-- may lack a claim that the other process confirmed. So sessions of an earlier epoch cannot be claimed.
local at = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local known = redis.call('HMGET', numbers, 'at', 'life')
local epoch = known[2]
if known[1] ~= at then
  epoch = string.sub(redis.sha1hex(at .. clock[1] .. '.' .. clock[2]), 1, 16)
  redis.call('HSET', numbers, 'at', at, 'life', epoch)
  redis.call('ZUNIONSTORE', waiting, 1, waiting, 'WEIGHTS', 0)
end

-- A member of ends is an id and the name of the peer. So the peer is known also if the record of the session has expired.
local id_length = 32
for _, id in ipairs(redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, 64)) do
  redis.call('DEL', prefix .. 'k:' .. id)
  if redis.call('EXISTS', prefix .. 's:' .. id) == 1 then
    -- At its memory limit, Redis refuses the write, and a later script repeats it. state_of does not depend on it.
    local written = redis.pcall('HSET', prefix .. 's:' .. id, 'state', '4')
    if type(written) == 'table' and written.err then
      break
    end
  end
  redis.call('ZREM', waiting, id)
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 64)) do
  local id, peer = string.sub(member, 1, id_length), string.sub(member, id_length + 1)
  -- A claimed or closed session is not in the log.
  local number = redis.call('ZSCORE', log, id)
  redis.call('ZREM', ends, member)
  if number and tonumber(number) > tonumber(redis.call('HGET', missed, peer) or '0') then
    redis.call('HSET', missed, peer, number)
  end
  redis.call('ZREM', log, id)
  redis.call('ZREM', waiting, id)
  redis.call('ZREM', prefix .. 'p:' .. peer, id)
  redis.call('DEL', prefix .. 's:' .. id)
end

-- The current state of a session: 1 waiting, 2 claimed, 3 closed, 4 expired.
local function state_of(entry)
  if entry.state == '1' and (tonumber(entry.ends) <= now or entry.epoch ~= epoch) then
    return '4'
  end
  return entry.state
end

local function entry_of(id)
  local values = redis.call('HMGET', prefix .. 's:' .. id, 'state', 'ends', 'number', 'data', 'ticket', 'life', 'lease')
  if not values[1] then
    return nil
  end
  local entry = {
    state = values[1], ends = values[2], number = values[3], data = values[4], ticket = values[5], epoch = values[6],
    lease = values[7],
  }
  entry.state = state_of(entry)
  return entry
end

-- Ends a session that was claimed or closed. It does not count as expired.
-- lease: how long the encrypted key is kept, ms
local function finish(id, state, lease)
  redis.call('ZREM', waiting, id)
  redis.call('ZREM', log, id)
  if lease > 0 then
    redis.call('PEXPIRE', prefix .. 'k:' .. id, lease)
  else
    redis.call('DEL', prefix .. 'k:' .. id)
  end
  redis.call('HSET', prefix .. 's:' .. id, 'state', state)
end

-- Signs and encrypts the cursors of callers. Only Redis and the gateways have it.
local function cursor_secret()
  return redis.sha1hex('cursors of ' .. at)
end

