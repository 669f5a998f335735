-- Finds a session.
-- ARGV  1 id
-- Returns {} if the session is unknown, or {number, state, session, encrypted key of a waiting or leased session, or empty}
local entry = entry_of(ARGV[1])
if not entry then
  return {}
end
local sealed = (entry.state == '1' or entry.state == '2') and redis.call('GET', prefix .. 'k:' .. ARGV[1]) or ''
return { entry.number, entry.state, entry.data, sealed or '' }
