-- Ends a claim without a result.
-- KEYS  1 claim of the Signal
-- ARGV  1 ticket
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return { 0 }
