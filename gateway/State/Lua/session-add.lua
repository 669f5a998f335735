-- Stores a session that waits.
-- ARGV  1 id · 2 what is told of it · 3 its sealed key, or empty · 4 lifetime, ms · 5 how many may wait
--       6 the life in which this was asked first: it may have been done then, and more since
-- gives {0 added, 1 known, 2 full, 3 that life is over; how many wait}
if ARGV[6] ~= life then
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
local number = redis.call('HINCRBY', numbers, 'last', 1)
redis.call('HSET', record, 'number', number, 'state', '1', 'data', ARGV[2], 'life', life,
  'ends', string.format('%.0f', now + lifetime), 'kept', string.format('%.0f', now + 2 * lifetime))
redis.call('PEXPIRE', record, 2 * lifetime + 60000)
if #ARGV[3] > 0 then
  redis.call('SET', prefix .. 'k:' .. ARGV[1], ARGV[3], 'PX', lifetime)
end
redis.call('ZADD', waiting, now + lifetime, ARGV[1])
redis.call('ZADD', log, number, ARGV[1])
redis.call('PUBLISH', prefix .. 'a', life .. '.' .. number)
return { 0, redis.call('ZCARD', waiting) }
