-- Stores a waiting session.
-- ARGV  1 id · 2 session · 3 encrypted key, or empty · 4 lifetime in ms · 5 maximum number of waiting sessions
--       6 epoch of the first attempt: in an earlier epoch the session may have been stored and claimed · 7 peer
-- Returns {0 added, 1 known, 2 full, 3 the epoch has ended, 4 Redis is at its memory limit; number of waiting sessions}
if ARGV[6] ~= epoch then
  return { 3, redis.call('ZCARD', waiting) }
end
local record = prefix .. 's:' .. ARGV[1]
if redis.call('EXISTS', record) == 1 then
  return { 1, redis.call('ZCARD', waiting) }
end
if redis.call('ZCARD', waiting) >= tonumber(ARGV[5]) then
  return { 2, redis.call('ZCARD', waiting) }
end
local lifetime = tonumber(ARGV[4])
-- A script that fails would open the circuit for all other calls.
local number = redis.pcall('HINCRBY', numbers, 'last', 1)
if type(number) == 'table' and number.err then
  return string.find(number.err, 'OOM', 1, true) and { 4, redis.call('ZCARD', waiting) } or number
end
redis.call('HSET', record, 'number', number, 'state', '1', 'data', ARGV[2], 'life', epoch,
  'ends', string.format('%.0f', now + lifetime))
redis.call('PEXPIRE', record, 2 * lifetime + 60000)
if #ARGV[3] > 0 then
  redis.call('SET', prefix .. 'k:' .. ARGV[1], ARGV[3], 'PX', lifetime)
end
redis.call('ZADD', waiting, now + lifetime, ARGV[1])
redis.call('ZADD', log, number, ARGV[1])
redis.call('ZADD', ends, now + 2 * lifetime, ARGV[1] .. ARGV[7])
redis.call('ZADD', prefix .. 'p:' .. ARGV[7], number, ARGV[1])
redis.call('HSETNX', missed, ARGV[7], 0)
redis.call('PUBLISH', prefix .. 'a', epoch .. '.' .. number)
return { 0, redis.call('ZCARD', waiting) }
