-- What every script of sessions begins with: a look whether the store has begun a new life; sessions whose time is over
-- expire, and are forgotten later.
-- KEYS  1 rke:{s}:n, the numbers; all keys of sessions have its hash tag
local prefix = string.sub(KEYS[1], 1, -2)
local numbers, waiting, log, missed = KEYS[1], prefix .. 'w', prefix .. 'l', prefix .. 'x'
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- A life lasts while one process of Redis is primary without a break. What came from another one, over a link or from a
-- disk, may lack a claim that was answered there: what waits in it must not be claimed again.
local at = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local known = redis.call('HMGET', numbers, 'at', 'life')
local life = known[2]
if known[1] ~= at then
  life = string.sub(redis.sha1hex(at .. clock[1] .. '.' .. clock[2]), 1, 16)
  redis.call('HSET', numbers, 'at', at, 'life', life)
  redis.call('ZUNIONSTORE', waiting, 1, waiting, 'WEIGHTS', 0)
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, 64)) do
  local kept = redis.call('HGET', prefix .. 's:' .. id, 'kept')
  if kept then
    redis.call('HSET', prefix .. 's:' .. id, 'state', '4')
  end
  redis.call('DEL', prefix .. 'k:' .. id)
  redis.call('ZREM', waiting, id)
  redis.call('ZADD', missed, kept or now, id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', missed, '-inf', now, 'LIMIT', 0, 64)) do
  local number = redis.call('ZSCORE', log, id)
  if number and tonumber(number) > tonumber(redis.call('HGET', numbers, 'missed') or '0') then
    redis.call('HSET', numbers, 'missed', number)
  end
  redis.call('ZREM', log, id)
  redis.call('ZREM', missed, id)
  redis.call('DEL', prefix .. 's:' .. id)
end

-- A session's state now: 1 waiting, 2 claimed, 3 closed, 4 expired.
local function state_of(entry)
  if entry.state == '1' and (tonumber(entry.ends) <= now or entry.life ~= life) then
    return '4'
  end
  return entry.state
end

local function entry_of(id)
  local values = redis.call('HMGET', prefix .. 's:' .. id, 'state', 'ends', 'number', 'data', 'ticket', 'life')
  if not values[1] then
    return nil
  end
  local entry = {
    state = values[1], ends = values[2], number = values[3], data = values[4], ticket = values[5], life = values[6],
  }
  entry.state = state_of(entry)
  return entry
end

-- It waits no longer, and was no miss.
local function finish(id, state)
  redis.call('HSET', prefix .. 's:' .. id, 'state', state)
  redis.call('DEL', prefix .. 'k:' .. id)
  redis.call('ZREM', waiting, id)
  redis.call('ZREM', log, id)
  redis.call('ZREM', missed, id)
end

