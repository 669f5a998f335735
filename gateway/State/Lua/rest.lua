-- The key server refuses a coin for now: nobody uses it there for a while.
-- KEYS  1 coin
-- ARGV  1 how long, µs
local time = redis.call('TIME')
local ends = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
local held = redis.call('HMGET', KEYS[1], 'o', 'r')
local rests = math.max(ends, tonumber(held[2] or 0))
redis.call('HSET', KEYS[1], 'r', string.format('%.0f', rests))
redis.call('PEXPIREAT', KEYS[1], math.ceil(math.max(rests, tonumber(held[1] or 0)) / 1000) + 1)
return 0
