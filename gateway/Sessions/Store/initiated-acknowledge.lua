-- Deletes the encrypted key of a session that a gateway initiated.
-- KEYS  1 session · 2 encrypted key
-- ARGV  1 ticket
if redis.call('HGET', KEYS[1], 'ticket') == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return {}
