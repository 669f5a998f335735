-- Counts one call for each limit of a caller, if no limit is reached.
-- Each key counts in slices of its window. A slice counts until all of it is outside the window, so no window holds more than
-- the limit.
-- KEYS  for each limit: a hash from slice to count
-- ARGV  1 slices of a window · then for each limit: limit · window, µs
-- Returns {0, 0} if the call is counted, or {index of the limit that is reached, µs until one more call is admitted}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local slices = tonumber(ARGV[1])
local refused, longest = 0, 0
for index = 1, #KEYS do
  local limit, window = tonumber(ARGV[index * 2]), tonumber(ARGV[index * 2 + 1])
  local width = window / slices
  local oldest = math.floor(now / width) - slices
  local counted, total = {}, 0
  local fields = redis.call('HGETALL', KEYS[index])
  for field = 1, #fields, 2 do
    local slice = tonumber(fields[field])
    if slice < oldest then
      redis.call('HDEL', KEYS[index], fields[field])
    else
      total = total + tonumber(fields[field + 1])
      table.insert(counted, {slice, tonumber(fields[field + 1])})
    end
  end
  if total >= limit then
    table.sort(counted, function(one, other) return one[1] < other[1] end)
    for _, slice in ipairs(counted) do
      total = total - slice[2]
      if total < limit then
        local wait = (slice[1] + 1) * width + window - now
        if wait > longest then
          refused, longest = index, wait
        end
        break
      end
    end
    if refused == 0 then
      refused, longest = index, window
    end
  end
end
if refused > 0 then
  return {refused, math.ceil(longest)}
end
for index = 1, #KEYS do
  local window = tonumber(ARGV[index * 2 + 1])
  redis.call('HINCRBY', KEYS[index], string.format('%.0f', math.floor(now / (window / slices))), 1)
  redis.call('PEXPIRE', KEYS[index], math.ceil(window / 1000 * (slices + 1) / slices) + 1)
end
return {0, 0}
