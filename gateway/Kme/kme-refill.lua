-- Lets one replica at a time refill a stock.
-- ARGV  2 ticket of the replica · 3 lease in ms
-- Returns {1, number of keys} this replica may refill the stock · {0} another one does
local lease = redis.call('HMGET', about, 'ticket', 'until')
if lease[1] and lease[1] ~= ARGV[2] and tonumber(lease[2]) > now then
  return { 0 }
end
redis.call('HSET', about, 'ticket', ARGV[2], 'until', string.format('%.0f', now + tonumber(ARGV[3])))
return { 1, redis.call('ZCARD', ends) }
