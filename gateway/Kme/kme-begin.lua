-- The common prologue of the scripts of a stock: removes expired keys.
-- KEYS  1 rke:{k:…}:n, about the stock · 2 rke:{k:…}:e, names by time of expiry · 3 rke:{k:…}:k, encrypted keys by name
-- ARGV  1 m for the stock of a master, s for the stock of a slave
local about, ends, keys = KEYS[1], KEYS[2], KEYS[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Data that came from another Redis process, by replication or from disk, may contain keys that the other process already gave to the
-- master. The slave gets each key once, so such a key would be useless for the master. The stock of a master is filled again.
if ARGV[1] == 'm' then
  local at = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
    .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  if redis.call('HGET', about, 'at') ~= at then
    redis.call('DEL', about, ends, keys)
    redis.call('HSET', about, 'at', at)
  end
end

while true do
  local old = redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 256)
  if #old == 0 then
    break
  end
  redis.call('HDEL', keys, unpack(old))
  redis.call('ZREM', ends, unpack(old))
end

-- Removes keys, and returns their encrypted bytes.
local function take(names)
  local found = redis.call('HMGET', keys, unpack(names))
  redis.call('HDEL', keys, unpack(names))
  redis.call('ZREM', ends, unpack(names))
  return found
end

