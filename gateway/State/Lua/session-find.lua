-- What is known of a session.
-- ARGV  1 id
-- gives {} or {number, state, what is told of it, its sealed key or empty}
local entry = entry_of(ARGV[1])
if not entry then
  return {}
end
local sealed = entry.state == '1' and redis.call('GET', prefix .. 'k:' .. ARGV[1]) or ''
return { entry.number, entry.state, entry.data, sealed or '' }
