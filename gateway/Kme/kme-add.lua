-- Adds keys. Keys that the stock has do not change.
-- ARGV  2 lifetime in ms · 3 maximum number of keys · then name and encrypted key of each key
-- Returns {1} added · {0} the stock would have too many keys
local new = {}
for index = 4, #ARGV, 2 do
  if not redis.call('ZSCORE', ends, ARGV[index]) then
    new[#new + 1] = index
  end
end
if redis.call('ZCARD', ends) + #new > tonumber(ARGV[3]) then
  return { 0 }
end
for _, index in ipairs(new) do
  redis.call('HSET', keys, ARGV[index], ARGV[index + 1])
  redis.call('ZADD', ends, now + tonumber(ARGV[2]), ARGV[index])
end
-- A stock that nothing uses any more disappears.
local last = redis.call('ZRANGE', ends, -1, -1, 'WITHSCORES')[2]
if last then
  redis.call('PEXPIREAT', keys, string.format('%.0f', last + 60000))
  redis.call('PEXPIREAT', ends, string.format('%.0f', last + 60000))
end
return { 1 }
