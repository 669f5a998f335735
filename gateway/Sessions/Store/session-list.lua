-- Lists the newest sessions of some peers, in any state.
-- ARGV  1 number of the oldest session of the last page, or 0 · 2 maximum number of sessions · 3... names of peers
-- Returns {number of the oldest session of this page, or 0 if there are no older ones, then for each session: number, state, session}
local highest = ARGV[1] == '0' and '+inf' or '(' .. ARGV[1]
local count = tonumber(ARGV[2])
local found = {}
for index = 3, #ARGV do
  local ids = redis.call('ZREVRANGEBYSCORE', prefix .. 'p:' .. ARGV[index], highest, '-inf', 'WITHSCORES', 'LIMIT', 0, count + 1)
  for position = 1, #ids, 2 do
    found[#found + 1] = { id = ids[position], number = tonumber(ids[position + 1]) }
  end
end
table.sort(found, function(left, right) return left.number > right.number end)
local reply = { #found > count and found[count].number or 0 }
for position = 1, math.min(count, #found) do
  local entry = entry_of(found[position].id)
  if entry then
    reply[#reply + 1] = entry.number
    reply[#reply + 1] = entry.state
    reply[#reply + 1] = entry.data
  end
end
return reply
