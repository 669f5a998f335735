-- Withdraws a reservation whose reply was lost. It may have run already, or may arrive after this script.
-- KEYS  1 withdrawn · 2 part · 3 released · then for each candidate: coin · uses
-- ARGV  1 ticket · 2 how long to ignore the reservation if it arrives later, ms · 3 the longest time since it was sent, µs
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
local time = redis.call('TIME')
local sent = time[1] * 1000000 + time[2] - ARGV[3]
for index = 4, #KEYS, 2 do
  local isCounted = uncount(KEYS[index + 1], ARGV[1], sent)
  local _, ticket, _, rest = read(redis.call('GET', KEYS[index]))
  local isHeld = ticket == ARGV[1]
  if isCounted or isHeld then
    release(KEYS[3], KEYS[index])
  end
  if isHeld then
    write(KEYS[index], 0, '', '', rest)
    if redis.call('GET', KEYS[2]) == KEYS[index] then
      redis.call('DEL', KEYS[2])
    end
  end
end
return 0
