-- Ends a claim without a response.
-- KEYS  1 request
-- ARGV  1 ticket
if redis.call('HGET', KEYS[1], 't') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 0
