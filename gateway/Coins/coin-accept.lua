-- Ends the rest of a coin that the key server accepted, and deletes its refusals. A rest for another reason continues.
-- KEYS  1 coin · 2 refused · 3 released
local refused = redis.call('HGET', KEYS[2], KEYS[1])
if refused then
  redis.call('HDEL', KEYS[2], KEYS[1])
  local occupied, ticket, part, rest = read(redis.call('GET', KEYS[1]))
  if rest == tonumber(string.match(refused, ' (%d+)')) then
    write(KEYS[1], occupied, ticket, part, 0)
    release(KEYS[3], KEYS[1])
  end
end
return 0
