-- Stores the answer of a claimed request; a claim that was lost meanwhile is made again.
-- KEYS  1 the request
-- ARGV  1 its digest · 2 ticket · 3 answer · 4 how long it is kept, ms
local ticket = redis.call('HGET', KEYS[1], 't')
if not ticket or ticket == ARGV[2] then
  redis.call('HSET', KEYS[1], 'd', ARGV[1], 't', ARGV[2], 'a', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return 0
