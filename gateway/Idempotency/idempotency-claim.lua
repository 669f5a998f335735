-- Claims a request by its idempotency key.
-- KEYS  1 request
-- ARGV  1 digest of the request · 2 ticket · 3 how long the claim is valid, ms
-- Returns {0} if the caller has the claim, {1, response} if the response is stored, {2} if the key belongs to another request,
-- or {3} if another call has the claim.
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
