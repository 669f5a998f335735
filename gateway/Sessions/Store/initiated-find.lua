-- Finds a session that a gateway initiated.
-- KEYS  1 session · 2 encrypted key
-- Returns {} if the session is unknown, or {session, owner, ticket, encrypted key or empty}
local values = redis.call('HMGET', KEYS[1], 'data', 'owner', 'ticket')
if not values[1] then
  return {}
end
return { values[1], values[2], values[3], redis.call('GET', KEYS[2]) or '' }
