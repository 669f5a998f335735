-- Claims a waiting session. A repeated call with the same ticket returns the same answer: with a lease until the lease ends.
-- ARGV  1 id · 2 ticket · 3 lease in ms, or 0. The ticket of a claim with a lease is derived from its caller and idempotency key
-- Returns {1, end of the lease in ms, or 0} claimed by this caller · {0} not claimed by this caller
local entry = entry_of(ARGV[1])
if not entry then
  return { 0 }
end
local lease = tonumber(ARGV[3])
if entry.state == '1' then
  local lease_ends = lease > 0 and string.format('%.0f', now + lease) or '0'
  finish(ARGV[1], '2', lease)
  redis.call('HSET', prefix .. 's:' .. ARGV[1], 'ticket', ARGV[2], 'lease', lease_ends)
  return { 1, lease_ends }
end
if entry.state ~= '2' or entry.ticket ~= ARGV[2] or (lease > 0 and tonumber(entry.lease) <= now) then
  return { 0 }
end
return { 1, entry.lease }
