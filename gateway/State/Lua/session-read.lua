-- The sessions behind a cursor that wait or were missed.
-- ARGV  1 the cursor's life · 2 its number · 3 at most so many
-- gives {life, last number, highest number that was missed and is forgotten, then for each: number, state, what is told of it}
local highest = redis.call('HMGET', numbers, 'last', 'missed')
local last = highest[1] or '0'
local after = ARGV[2]
if ARGV[1] ~= life or tonumber(after) > tonumber(last) then
  after = '0'
end
local reply = { life, last, highest[2] or '0' }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', log, '(' .. after, '+inf', 'LIMIT', 0, ARGV[3])) do
  local entry = entry_of(id)
  if entry then
    reply[#reply + 1] = entry.number
    reply[#reply + 1] = entry.state
    reply[#reply + 1] = entry.data
  end
end
return reply
