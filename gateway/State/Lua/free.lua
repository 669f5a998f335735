-- A part is gone from the key server: the coin that held it is free, unless it holds another one by now.
-- KEYS  1 coin · 2 where the part waits
-- ARGV  1 part
if redis.call('HGET', KEYS[1], 'p') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'o', 't', 'p')
end
if redis.call('GET', KEYS[2]) == KEYS[1] then
  redis.call('DEL', KEYS[2])
end
return 0
