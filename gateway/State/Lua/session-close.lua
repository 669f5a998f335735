-- Ends a session.
-- ARGV  1 id
-- gives {} or {number, state, what is told of it, empty}
local entry = entry_of(ARGV[1])
if not entry then
  return {}
end
finish(ARGV[1], '3')
return { entry.number, '3', entry.data, '' }
