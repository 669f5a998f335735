-- Runs a script of the gateway in a given state of Redis, at a given time, and returns its reply and the state that it leaves.
-- The script text replaces the line SCRIPT. The clock and the process of Redis are arguments, and keys do not expire by themselves.
-- ARGV  time, µs · run_id · master_replid · number of keys, and for each key: name, type, time of expiry in ms or 0, number of items,
--       items · number of KEYS of the script, KEYS · ARGV of the script
-- Returns {reply, {key, type, time of expiry, number of items, items …}}
local real, position = redis, 0
local function take()
  position = position + 1
  return ARGV[position]
end
local function take_all(count)
  local items = {}
  for index = 1, count do
    items[index] = take()
  end
  return items
end

local now, run_id, replid = tonumber(take()), take(), take()
real.call('FLUSHDB')
for _ = 1, tonumber(take()) do
  local key, kind, expires = take(), take(), take()
  local items = take_all(tonumber(take()))
  if kind == 'hash' then
    real.call('HSET', key, unpack(items))
  elseif kind == 'zset' then
    for index = 1, #items, 2 do
      real.call('ZADD', key, items[index + 1], items[index])
    end
  elseif kind == 'list' then
    real.call('RPUSH', key, unpack(items))
  else
    real.call('SET', key, items[1])
  end
  if expires ~= '0' then
    real.call('PEXPIREAT', key, expires)
  end
end
local keys = take_all(tonumber(take()))
local values = take_all(#ARGV - position)

local milliseconds = math.floor(now / 1000)
local function at(duration)
  return string.format('%.0f', milliseconds + duration)
end
local function run(call, name, ...)
  local given = { ... }
  if name == 'TIME' then
    return { string.format('%.0f', math.floor(now / 1000000)), string.format('%.0f', now % 1000000) }
  elseif name == 'INFO' then
    return given[1] == 'server' and 'run_id:' .. run_id .. '\r\n' or 'master_replid:' .. replid .. '\r\n'
  elseif name == 'PEXPIRE' then
    return call('PEXPIREAT', given[1], at(given[2]))
  elseif name == 'SET' and given[3] == 'PX' then
    return call('SET', given[1], given[2], 'PXAT', at(given[4]))
  end
  return call(name, ...)
end
local virtual = {
  sha1hex = real.sha1hex,
  call = function(...) return run(real.call, ...) end,
  pcall = function(...) return run(real.pcall, ...) end,
}

local function script(KEYS, ARGV, redis)
SCRIPT
end

local reply, state = script(keys, values, virtual), {}
local names = real.call('KEYS', '*')
table.sort(names)
for _, key in ipairs(names) do
  local kind, items = real.call('TYPE', key).ok, nil
  if kind == 'hash' then
    items = real.call('HGETALL', key)
  elseif kind == 'zset' then
    items = real.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  elseif kind == 'list' then
    items = real.call('LRANGE', key, 0, -1)
  else
    items = { real.call('GET', key) }
  end
  state[#state + 1] = { key, kind, real.call('PEXPIRETIME', key), unpack(items) }
end
return { reply, state }
