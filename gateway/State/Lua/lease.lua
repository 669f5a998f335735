-- Leases 65,536 nonces for requests to one key server: all those that begin with the number that it gives.
-- The number follows this server's clock, 16 µs a step, and always rises: should this server lose what it knows,
-- the clock is past every number that was ever leased.
-- KEYS  1 the last lease
-- ARGV  1 the highest lease that the caller has had · 2 where the steps begin, seconds since 1970
local time = redis.call('TIME')
local step = math.floor(((time[1] - ARGV[2]) * 1000000 + time[2]) / 16)
local lease = math.max(step, tonumber(redis.call('GET', KEYS[1]) or 0) + 1, tonumber(ARGV[1]) + 1)
redis.call('SET', KEYS[1], string.format('%.0f', lease))
return lease
