-- Records that sessions are about to be delivered to consumers.
-- ARGV  1 lifetime of the records in ms, then for each consumer: digest of its name · number of the session
-- Returns for each consumer the highest number that was recorded before, or 0
local reply = {}
for index = 2, #ARGV, 2 do
  local key = prefix .. 'd:' .. ARGV[index]
  local highest = redis.call('GET', key) or '0'
  if tonumber(ARGV[index + 1]) > tonumber(highest) then
    redis.call('SET', key, ARGV[index + 1], 'PX', ARGV[1])
  end
  reply[#reply + 1] = highest
end
return reply
