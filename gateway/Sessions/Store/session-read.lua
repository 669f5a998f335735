-- Reads the waiting and expired sessions after a cursor.
-- ARGV  1 epoch of the cursor · 2 number of the cursor · 3 maximum number of sessions
-- Returns {epoch, secret of the cursors, last number, number of peers,
--          then for each peer: name, highest number of its removed expired sessions, then for each session: number, state, session}
local last = redis.call('HGET', numbers, 'last') or '0'
local after = ARGV[2]
if ARGV[1] ~= epoch or tonumber(after) > tonumber(last) then
  after = '0'
end
local peers = redis.call('HGETALL', missed)
local reply = { epoch, cursor_secret(), last, #peers / 2 }
for _, value in ipairs(peers) do
  reply[#reply + 1] = value
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', log, '(' .. after, '+inf', 'LIMIT', 0, ARGV[3])) do
  local entry = entry_of(id)
  if entry then
    reply[#reply + 1] = entry.number
    reply[#reply + 1] = entry.state
    reply[#reply + 1] = entry.data
  else
    redis.call('ZREM', log, id)
  end
end
return reply
