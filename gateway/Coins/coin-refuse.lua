-- Records that a key server refused a coin, and starts its rest. Changes nothing if the coin rests already.
-- KEYS  1 coin · 2 refused
-- ARGV  1 first rest, µs · 2 longest rest, µs
-- Returns {number of refusals, remaining rest, µs}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local count, ends = string.match(redis.call('HGET', KEYS[2], KEYS[1]) or '0 0', '(%d+) (%d+)')
count, ends = tonumber(count), tonumber(ends)
if ends <= now then
  count = math.min(count + 1, 1000)
  ends = now + math.min(tonumber(ARGV[1]) * 2 ^ (count - 1), tonumber(ARGV[2]))
  redis.call('HSET', KEYS[2], KEYS[1], string.format('%d %.0f', count, ends))
  redis.call('PEXPIRE', KEYS[2], 86400000)
  local occupied, ticket, part, rest = read(redis.call('GET', KEYS[1]))
  write(KEYS[1], occupied, ticket, part, math.max(ends, rest))
end
return {count, ends - now}
