-- Gives a claim back.
-- KEYS  1 the request
-- ARGV  1 ticket
if redis.call('HGET', KEYS[1], 't') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 0
