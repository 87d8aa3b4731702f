import { importBullScripts } from './bull-scripts.js';
import { COMMON, RELEASING } from './common.js';

/**
 * Makes a queue known, and keeps it in step with its definition. ARGV: the key of all queues' names, the name, whether
 * an earlier definition is changed, the version of BullMQ, how many entries its stream of events has; then the pairs of
 * the definition.
 */
export const DEFINE_SCRIPT = `
local BASE = KEYS[1]
local isNew = redis.call('EXISTS', BASE .. 'event-drivers') == 0
if isNew or ARGV[3] == '1' then
  redis.call('HSET', BASE .. 'event-drivers', unpack(ARGV, 6))
  redis.call('HSET', BASE .. 'meta', 'opts.maxLenEvents', ARGV[5], 'version', ARGV[4])
end
redis.call('SADD', ARGV[1], ARGV[2])
return 0
`;

/** Stops or resumes the work on a queue. ARGV: channel, queue, `paused` or `resumed`. */
export const createPauseScript = (): string => `
${COMMON}
${importBullScripts(['pause'])}
pause({ARGV[3], '1'})
call('PUBLISH', ARGV[1], ARGV[2])
return 0
`;

/**
 * Counts the deliveries of a queue by name. ARGV: how many to look at at most. Gives how many there are in all; then, if
 * those are not too many, the name, what was stored, and how many are where, for each name.
 */
export const COUNT_SCRIPT = `
local BASE = KEYS[1]
local call = redis.call
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local most = tonumber(ARGV[1])
local lists = {wait = 1, paused = 1, active = 3}
local sets = {prioritized = 1, ['waiting-children'] = 1, delayed = 2, completed = 4, failed = 5}
local total = 0
for name in pairs(lists) do total = total + call('LLEN', BASE .. name) end
for name in pairs(sets) do total = total + call('ZCARD', BASE .. name) end
if total > most then return {total} end
local result, byName = {total}, {}
local function add(id, state)
  local job = call('HMGET', BASE .. id, 'name', 'delivery', 'timestamp', 'delay')
  local name = job[1] or ''
  if state == 'waiting-children' then
    state = (tonumber(job[3]) or 0) + (tonumber(job[4]) or 0) > now and 2 or 1
  end
  local count = byName[name]
  if not count then
    count = {name, job[2] or '', 0, 0, 0, 0, 0}
    byName[name] = count
    result[#result + 1] = count
  end
  count[state + 2] = count[state + 2] + 1
end
for name, state in pairs(lists) do
  local ids = call('LRANGE', BASE .. name, 0, -1)
  for i = 1, #ids do add(ids[i], state) end
end
for name, state in pairs(sets) do
  local ids = call('ZRANGE', BASE .. name, 0, -1, 'WITHSCORES')
  for i = 1, #ids, 2 do
    local where = state
    if name == 'waiting-children' then where = name end
    if name == 'delayed' and tonumber(ids[i + 1]) / 4096 <= now then where = 1 end
    add(ids[i], where)
  end
end
return result
`;

/** Reads some of one state. ARGV: `list` or `set`, the state, from, to. Gives for each its name, delivery, time, delay. */
export const READ_STATE_SCRIPT = `
local BASE = KEYS[1]
local ids = redis.call(ARGV[1] == 'list' and 'LRANGE' or 'ZRANGE', BASE .. ARGV[2], ARGV[3], ARGV[4])
local t = redis.call('TIME')
local result = {t[1] * 1000 + math.floor(t[2] / 1000)}
for i = 1, #ids do
  result[i + 1] = redis.call('HMGET', BASE .. ids[i], 'name', 'delivery', 'timestamp', 'delay')
end
return result
`;

/** Reads what was given up, oldest first. ARGV: from, to, by rank, and the id that these count from, or nothing. */
export const READ_DEAD_SCRIPT = `
local BASE = KEYS[1]
local rank = ARGV[3] ~= '' and redis.call('ZRANK', BASE .. 'failed', ARGV[3]) or 0
local ids = redis.call('ZRANGE', BASE .. 'failed', rank + ARGV[1], rank + ARGV[2])
local result = {}
for i = 1, #ids do
  local job = redis.call('HMGET', BASE .. ids[i],
    'name', 'data', 'delivery', 'error', 'failedReason', 'atm', 'finishedOn', 'seq')
  job[9] = ids[i]
  for j = 1, 8 do job[j] = job[j] or '' end
  result[i] = job
end
return result
`;

/** Puts what was given up back to where it waits. ARGV: channel, queue, then ids in their order. Gives how many. */
export const createRedriveScript = (): string => `
${COMMON}
${RELEASING}
local moved, keyed = 0, {}
local function revive(id)
  if call('ZREM', BASE .. 'failed', id) == 0 then return nil end
  moved = moved + 1
  call('HDEL', BASE .. id, 'finishedOn', 'processedOn', 'failedReason', 'stacktrace', 'error', 'lost', 'atm', 'ats', 'stc')
  call('HSET', BASE .. id, 'delay', 0)
  call('XADD', BASE .. 'events', '*', 'event', 'waiting', 'jobId', id, 'prev', 'failed')
  return call('HMGET', BASE .. id, 'key', 'seq')
end
for i = 3, #ARGV do
  local job = revive(ARGV[i])
  if job and job[1] then keyed[#keyed + 1] = {ARGV[i], job[1], tonumber(job[2]) or 0}
  elseif job then requeue(ARGV[i]) end
end
table.sort(keyed, function(one, other) return one[3] < other[3] end)
for i = 1, #keyed do
  call('RPUSH', BASE .. 'ordered:' .. keyed[i][2], keyed[i][1])
  call('SADD', BASE .. 'ordered', keyed[i][2])
  call('ZADD', BASE .. 'waiting-children', NOW_TEXT, keyed[i][1])
  release(keyed[i][2])
end
if moved > 0 then announce() end
return moved
`;

/** Deletes what was given up. ARGV: ids. Gives how many. */
export const PURGE_SCRIPT = `
local BASE = KEYS[1]
local deleted = 0
for i = 1, #ARGV do
  if redis.call('ZREM', BASE .. 'failed', ARGV[i]) == 1 then
    redis.call('DEL', BASE .. ARGV[i], BASE .. ARGV[i] .. ':logs')
    redis.call('XADD', BASE .. 'events', '*', 'event', 'removed', 'jobId', ARGV[i], 'prev', 'failed')
    deleted = deleted + 1
  end
end
return deleted
`;
