-- Returns {epoch, secret of the cursors, then the names of all peers that had a session}
local reply = { epoch, cursor_secret() }
for _, peer in ipairs(redis.call('HKEYS', missed)) do
  reply[#reply + 1] = peer
end
return reply
