-- Takes back a reservation of which no answer came, whether it was carried out, or comes after this.
-- KEYS  1 withdrawn · 2 where the part waits · then for each candidate: coin · uses
-- ARGV  1 ticket · 2 how long a late one may come, ms
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
for index = 3, #KEYS, 2 do
  redis.call('ZREM', KEYS[index + 1], ARGV[1])
  if redis.call('HGET', KEYS[index], 't') == ARGV[1] then
    redis.call('HDEL', KEYS[index], 'o', 't', 'p')
    if redis.call('GET', KEYS[2]) == KEYS[index] then
      redis.call('DEL', KEYS[2])
    end
  end
end
return 0
