-- Ends the use of a key id.
-- KEYS  1 the key of the id
-- ARGV  1 ticket
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 0
