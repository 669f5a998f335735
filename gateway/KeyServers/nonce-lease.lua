-- Leases 65,536 nonces for requests to one key server: all nonces that begin with the returned number.
-- The number follows the clock of Redis, in steps of 16 µs, and always increases. If Redis loses its data, the clock is already
-- past all leased numbers.
-- KEYS  1 last lease
-- ARGV  1 highest lease that the caller has used · 2 start of the steps, seconds since 1970
local time = redis.call('TIME')
local step = math.floor(((time[1] - ARGV[2]) * 1000000 + time[2]) / 16)
local lease = math.max(step, tonumber(redis.call('GET', KEYS[1]) or 0) + 1, tonumber(ARGV[1]) + 1)
redis.call('SET', KEYS[1], string.format('%.0f', lease))
return lease
