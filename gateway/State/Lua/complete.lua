-- A post has ended and left no part on the key server: its coin is free.
-- KEYS  1 coin · 2 uses · 3 where the part waits
-- ARGV  1 ticket · 2 whether the use does not count either (1/0)
if ARGV[2] == '1' then
  redis.call('ZREM', KEYS[2], ARGV[1])
end
if redis.call('HGET', KEYS[1], 't') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'o', 't', 'p')
  if redis.call('GET', KEYS[3]) == KEYS[1] then
    redis.call('DEL', KEYS[3])
  end
end
return 0
