-- Makes a session that waits a claimed one. Asked again with the same ticket it gives the same answer.
-- ARGV  1 id · 2 ticket
-- gives {1} it is the caller's · {0} it is not
local entry = entry_of(ARGV[1])
if not entry then
  return { 0 }
end
if entry.state == '1' then
  finish(ARGV[1], '2')
  redis.call('HSET', prefix .. 's:' .. ARGV[1], 'ticket', ARGV[2])
  return { 1 }
end
return { entry.state == '2' and entry.ticket == ARGV[2] and 1 or 0 }
