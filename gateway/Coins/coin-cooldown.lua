-- Starts the cooldown of a coin that the key server reported as overused.
-- KEYS  1 coin
-- ARGV  1 duration, µs
local time = redis.call('TIME')
local ends = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
local occupied, ticket, part, rest = read(redis.call('GET', KEYS[1]))
write(KEYS[1], occupied, ticket, part, math.max(ends, rest))
return 0
