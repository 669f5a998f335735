-- Notes that a session is about to be delivered to a consumer.
-- ARGV  1 digest of the consumer's name · 2 number · 3 how long that is remembered, ms
-- gives {the highest number noted before, 0 = none}
local key = prefix .. 'd:' .. ARGV[1]
local highest = redis.call('GET', key) or '0'
if tonumber(ARGV[2]) > tonumber(highest) then
  redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
end
return { highest }
