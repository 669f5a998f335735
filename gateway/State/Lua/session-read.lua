-- The sessions behind a cursor that wait or were missed.
-- ARGV  1 the cursor's life · 2 its number · 3 at most so many · 4 the name of this life of the store, if it begins now
-- gives {life, last number, highest number that was missed and is forgotten, then for each: number, state, what is told of it}
redis.call('HSETNX', numbers, 'life', ARGV[4])
local known = redis.call('HMGET', numbers, 'life', 'last', 'missed')
local last = known[2] or '0'
local after = ARGV[2]
if ARGV[1] ~= known[1] or tonumber(after) > tonumber(last) then
  after = '0'
end
local reply = { known[1], last, known[3] or '0' }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', log, '(' .. after, '+inf', 'LIMIT', 0, ARGV[3])) do
  local entry = entry_of(id)
  if entry then
    reply[#reply + 1] = entry.number
    reply[#reply + 1] = entry.state
    reply[#reply + 1] = entry.data
  end
end
return reply
