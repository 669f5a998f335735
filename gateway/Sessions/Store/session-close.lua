-- Closes a session.
-- ARGV  1 id
-- Returns {} if the session is unknown, or {number, state, session, empty}
local entry = entry_of(ARGV[1])
if not entry then
  return {}
end
finish(ARGV[1], '3', 0)
return { entry.number, '3', entry.data, '' }
