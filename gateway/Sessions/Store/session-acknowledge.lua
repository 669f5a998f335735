-- Ends the lease of a claim, and deletes the encrypted key.
-- ARGV  1 id · 2 ticket
-- Returns {} if the session is unknown, or {0 not claimed with this ticket, 1 acknowledged; number, state, session, empty}
local entry = entry_of(ARGV[1])
if not entry then
  return {}
end
if entry.ticket ~= ARGV[2] then
  return { 0, entry.number, entry.state, entry.data, '' }
end
redis.call('DEL', prefix .. 'k:' .. ARGV[1])
redis.call('HSET', prefix .. 's:' .. ARGV[1], 'lease', '0')
return { 1, entry.number, entry.state, entry.data, '' }
