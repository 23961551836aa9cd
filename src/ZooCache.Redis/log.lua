-- The rules of ZooCache's log of invalidations, where it is kept: one operation, atomically. What they are for is said at
-- LogPlace in ZooCache.Core, whose plain form of them this is.
--
-- KEYS: 1 state (hash), 2 entries (stream), 3 members (hash), 4 marks (hash), 5 facts (set)
-- ARGV: 1 operation, 2 channel, 3 node, and the operation's own from 4 on
-- Returns the state { epoch, head ms, head counter, now, strict, suspect, member }, and the operation's own after it.
--
-- Stamps are pairs of numbers (milliseconds, counter): as one number they would not fit a double. Nodes, epochs and writes
-- are texts. An entry is one field, m: "ms counter previous-ms previous-counter kind node position told write\n" and its body.

local STATE, ENTRIES, MEMBERS, MARKS, FACTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local operation, channel, me = ARGV[1], ARGV[2], ARGV[3]
local LAST_MS, LAST_COUNTER, STEP_BACK = 281474976710655, 65535, 1000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local stored = redis.call('HMGET', STATE, 'epoch', 'run', 'ms', 'counter', 'strict', 'settled', 'latest', 'capacity', 'drift')
local state = {
  epoch = stored[1] or '0', run = stored[2] or '', ms = tonumber(stored[3] or 0), counter = tonumber(stored[4] or 0),
  strict = stored[5] == '1', settled = tonumber(stored[6] or 0), latest = tonumber(stored[7] or 0),
  capacity = tonumber(stored[8] or 0), drift = tonumber(stored[9] or 0)
}

local function save()
  redis.call('HSET', STATE, 'epoch', state.epoch, 'run', state.run, 'ms', state.ms, 'counter', state.counter,
    'strict', state.strict and 1 or 0, 'settled', state.settled, 'latest', state.latest, 'capacity', state.capacity, 'drift', state.drift)
end

-- Whether what is kept is what members know: the same process, a clock that runs on, and a stream that ends where it should.
local function holds()
  if state.epoch == '0' or state.run ~= run or now < state.latest - STEP_BACK then return false end
  if state.ms >= LAST_MS and state.counter >= LAST_COUNTER then return false end
  local last = redis.call('XREVRANGE', ENTRIES, '+', '-', 'COUNT', 1)
  return #last == 1 and last[1][1] == state.ms .. '-' .. state.counter
end

if not holds() then
  state.epoch = '0'
  state.latest = now
end
state.latest = math.max(now, state.latest)
now = state.latest

local members = {}
local listed = redis.call('HGETALL', MEMBERS)
for i = 1, #listed, 2 do
  local lease, suspected, expiry, bump, seen, confirmed, position = string.match(listed[i + 1], '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d) (%d+)$')
  members[listed[i]] = { lease = tonumber(lease), suspected = tonumber(suspected), expiry = tonumber(expiry), bump = tonumber(bump),
    seen = tonumber(seen), confirmed = confirmed == '1', position = tonumber(position) }
end

local function keep(node)
  local m = members[node]
  redis.call('HSET', MEMBERS, node, string.format('%.0f %.0f %.0f %.0f %.0f %d %.0f', m.lease, m.suspected, m.expiry, m.bump, m.seen, m.confirmed and 1 or 0, m.position))
end

local function add(ms, counter, kind, node, position, told, write, body)
  local limit = now + state.drift
  if ms == 0 and counter == 0 then ms = now end
  if ms > limit then ms, counter = limit, 0 end
  if ms < state.ms or (ms == state.ms and counter <= state.counter) then
    ms, counter = state.ms, state.counter + 1
    if counter > LAST_COUNTER then ms, counter = ms + 1, 0 end
  end
  local entry = string.format('%.0f %d %.0f %d %d %s %s %s %s\n', ms, counter, state.ms, state.counter, kind, node, position, told, write) .. body
  redis.call('XADD', ENTRIES, 'MAXLEN', '~', state.capacity, string.format('%.0f-%d', ms, counter), 'm', entry)
  redis.call('PUBLISH', channel, entry)
  state.ms, state.counter = ms, counter
  return entry
end

local function remove(node)
  members[node] = nil
  redis.call('HDEL', MEMBERS, node)
  local marks = redis.call('HKEYS', MARKS)
  for _, key in ipairs(marks) do
    if string.sub(key, 1, #node + 1) == node .. ':' then redis.call('HDEL', MARKS, key) end
  end
end

-- Says of each member whose lease has run out that it has, as long as it is suspected.
local function settle()
  local nodes = {}
  for node in pairs(members) do nodes[#nodes + 1] = node end
  table.sort(nodes)
  for _, node in ipairs(nodes) do
    local m = members[node]
    if now >= m.expiry then
      if now >= math.max(m.expiry, m.seen) + m.suspected then
        add(now, 0, 5, node, '0', '0', '0', '')
        remove(node)
      elseif now >= m.bump then
        add(now, 0, 4, node, '0', '0', '0', '')
        m.bump = now + m.lease
        keep(node)
      end
    end
  end
end

local function tell(...)
  local suspect = now < state.settled
  for _, m in pairs(members) do
    suspect = suspect or not m.confirmed or now >= m.expiry
  end
  save()
  return { state.epoch, string.format('%.0f', state.ms), state.counter, string.format('%.0f', now), state.strict and 1 or 0,
    suspect and 1 or 0, members[me] and 1 or 0, ... }
end

-- node: epoch to begin, strict, lease, suspect time, last epoch, capacity, drift, known members …
if operation == 'join' then
  if state.epoch == '0' or (ARGV[5] == '1' and not state.strict) then
    redis.call('DEL', ENTRIES, MEMBERS, MARKS, FACTS)
    members = {}
    state.epoch, state.run, state.strict = ARGV[4], run, state.strict or ARGV[5] == '1'
    state.settled = state.strict and now + tonumber(ARGV[7]) or 0
    state.ms, state.counter, state.latest = now, 0, now
  end
  state.capacity, state.drift = tonumber(ARGV[9]), tonumber(ARGV[10])
  settle()
  local others = {}
  if ARGV[8] ~= state.epoch then
    for i = 11, #ARGV do others[#others + 1] = ARGV[i] end
  end
  others[#others + 1] = me
  for _, node in ipairs(others) do
    if not members[node] then
      members[node] = { lease = tonumber(ARGV[6]), suspected = tonumber(ARGV[7]), expiry = now + tonumber(ARGV[6]), bump = 0, seen = 0, confirmed = false, position = 0 }
      keep(node)
      add(now, 0, 6, node, '0', '0', '0', '')
    end
  end
  local names = {}
  for node in pairs(members) do if node ~= me then names[#names + 1] = node end end
  return tell(names, redis.call('HVALS', MARKS), redis.call('SMEMBERS', FACTS))
end

-- node: epoch, ms, counter, kind, position, told, write, body
if operation == 'append' then
  local member = members[me]
  if member then
    member.seen = now
    keep(me)
  end
  if state.epoch == '0' or state.epoch ~= ARGV[4] or not member or tonumber(ARGV[8]) <= member.position then return tell(false) end
  if ARGV[7] == '3' and redis.call('SADD', FACTS, ARGV[11]) == 0 then return tell(false) end
  member.position = tonumber(ARGV[8])
  keep(me)
  local entry = add(tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), me, ARGV[8], ARGV[9], ARGV[10], ARGV[11])
  if ARGV[7] == '1' then redis.call('HSET', MARKS, me .. ':' .. ARGV[10], entry) end
  if ARGV[7] == '2' then redis.call('HDEL', MARKS, me .. ':' .. ARGV[10]) end
  return tell(entry)
end

-- node: renew, since
if operation == 'tick' then
  local member = members[me]
  if member then
    member.seen = now
    if ARGV[4] == '1' then
      member.expiry = math.max(member.expiry, math.min(tonumber(ARGV[5]), now) + member.lease)
      member.confirmed = true
      if member.expiry > now then member.bump = 0 end
    end
    keep(me)
  end
  settle()
  return tell()
end

-- node: after ms, after counter, at most
if operation == 'read' then
  local ms, counter = tonumber(ARGV[4]), tonumber(ARGV[5]) + 1
  if counter > LAST_COUNTER then ms, counter = ms + 1, 0 end
  local entries = {}
  for _, found in ipairs(redis.call('XRANGE', ENTRIES, string.format('%.0f-%d', ms, counter), '+', 'COUNT', tonumber(ARGV[6]))) do
    entries[#entries + 1] = found[2][2]
  end
  return tell(entries)
end

if operation == 'leave' then
  if members[me] then
    remove(me)
    add(now, 0, 7, me, '0', '0', '0', '')
  end
  return tell()
end

return redis.error_reply('ZooCache: there is no such operation')
