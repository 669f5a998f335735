-- Claims a request by its idempotency key.
-- KEYS  1 the request
-- ARGV  1 its digest · 2 ticket · 3 how long the claim holds, ms
-- gives {0} it is the caller's · {1, answer} it is done · {2} the same key, another request · {3} somebody is at work
local entry = redis.call('HMGET', KEYS[1], 'd', 'a', 't')
if not entry[1] then
  redis.call('HSET', KEYS[1], 'd', ARGV[1], 't', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {0}
end
if entry[1] ~= ARGV[1] then
  return {2}
end
if entry[2] then
  return {1, entry[2]}
end
if entry[3] == ARGV[2] then
  return {0}
end
return {3}
