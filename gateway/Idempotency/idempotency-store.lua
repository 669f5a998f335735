-- Stores the response of a claimed request, also if Redis has lost the claim.
-- KEYS  1 request
-- ARGV  1 digest of the request · 2 ticket · 3 response · 4 how long to keep it, ms
local ticket = redis.call('HGET', KEYS[1], 't')
if not ticket or ticket == ARGV[2] then
  redis.call('HSET', KEYS[1], 'd', ARGV[1], 't', ARGV[2], 'a', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return 0
