-- What every script of sessions begins with: sessions whose time is over expire, and are forgotten later.
-- KEYS  1 rke:{s}:n, the numbers; all keys of sessions have its hash tag
local prefix = string.sub(KEYS[1], 1, -2)
local numbers, waiting, log, missed = KEYS[1], prefix .. 'w', prefix .. 'l', prefix .. 'x'
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
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
  if entry.state == '1' and tonumber(entry.ends) <= now then
    return '4'
  end
  return entry.state
end

local function entry_of(id)
  local values = redis.call('HMGET', prefix .. 's:' .. id, 'state', 'ends', 'number', 'data', 'ticket')
  if not values[1] then
    return nil
  end
  local entry = { state = values[1], ends = values[2], number = values[3], data = values[4], ticket = values[5] }
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

