-- Stores a session that a gateway initiated.
-- KEYS  1 session · 2 encrypted key
-- ARGV  1 session · 2 owner · 3 ticket · 4 lifetime in ms · 5 encrypted key, or empty · 6 lease in ms
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 1 }
end
redis.call('HSET', KEYS[1], 'data', ARGV[1], 'owner', ARGV[2], 'ticket', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if #ARGV[5] > 0 then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
end
return { 0 }
