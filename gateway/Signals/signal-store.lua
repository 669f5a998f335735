-- Stores the result of a Signal, also if Redis has lost the claim, and removes results that are too old or too many.
-- KEYS  1 results by fingerprint · 2 fingerprints by time of expiry · 3 claim of the Signal
-- ARGV  1 fingerprint · 2 ticket · 3 result · 4 how long to keep it, ms · 5 maximum number of results
-- Returns {0} done · {3} Redis is at its memory limit
local ticket = redis.call('GET', KEYS[3])
if ticket and ticket ~= ARGV[2] then
  return { 0 }
end
redis.call('DEL', KEYS[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function remove(fingerprints)
  for _, fingerprint in ipairs(fingerprints) do
    redis.call('HDEL', KEYS[1], fingerprint)
    redis.call('ZREM', KEYS[2], fingerprint)
  end
end

remove(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 64))
local excess = redis.call('ZCARD', KEYS[2]) + 1 - tonumber(ARGV[5])
if excess > 0 then
  remove(redis.call('ZRANGE', KEYS[2], 0, math.min(excess, 64) - 1))
end
-- At its memory limit, Redis refuses the write. A script that fails would open the circuit for all other calls.
local written = redis.pcall('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
if type(written) == 'table' and written.err then
  return string.find(written.err, 'OOM', 1, true) and { 3 } or written
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return { 0 }
