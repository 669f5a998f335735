-- Claims a Signal, so that one replica collects its parts.
-- KEYS  1 results by fingerprint · 2 fingerprints by time of expiry · 3 claim of the Signal
-- ARGV  1 fingerprint · 2 ticket · 3 how long the claim is valid, ms
-- Returns {0} the caller has the claim · {1, result} the Signal has a result · {2} another replica has the claim
--         {3} Redis is at its memory limit
local result = redis.call('HGET', KEYS[1], ARGV[1])
if result then
  return { 1, result }
end
local ticket = redis.call('GET', KEYS[3])
if ticket and ticket ~= ARGV[2] then
  return { 2 }
end
-- At its memory limit, Redis refuses the write. A script that fails would open the circuit for all other calls.
local written = redis.pcall('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
if written.err then
  return string.find(written.err, 'OOM', 1, true) and { 3 } or written
end
return { 0 }
