import { importBullScripts } from './bull-scripts.js';
import { COMMON, RELEASING } from './common.js';

/** More of a group than this wait for their turn before the rest of the queue is looked at again. */
const MAX_PARKED = 1000;

/** Payloads of more than this are not handed out at a time, be there as much room as there may. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What BullMQ takes for no priority goes before all that has one; what is to go before that has less than this. */
export const NORMAL_PRIORITY = 2 ** 20;

/**
 * Takes deliveries. ARGV: the token of their locks, for how long they hold, how many, the name of the worker, the
 * limits of the rate (how many, in how long), and how many of a group may run; what is empty is not limited.
 *
 * Gives how long to wait for the next one at least (-1: that is not known), and the deliveries.
 */
export const createClaimScript = (): string => `
${COMMON}
${importBullScripts(['moveToActive'])}
if call('EXISTS', BASE .. 'void:' .. ARGV[1]) == 1 then return {-1} end
local count, most, window, perGroup = tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local packed = cmsgpack.pack({
  token = ARGV[1], lockDuration = tonumber(ARGV[2]), name = ARGV[4],
  limiter = most and {max = most, duration = window} or nil,
})
local wait, prioritized = BASE .. 'wait', BASE .. 'prioritized'

-- BullMQ has what has a priority wait for all that has none.
local function putUrgentFirst()
  local first = call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')
  if not first[1] or tonumber(first[2]) >= ${NORMAL_PRIORITY} * 4294967296 then return nil end
  call('ZREM', prioritized, first[1])
  call('RPUSH', wait, first[1])
  return first
end

local function putBack(first)
  call('LREM', wait, -1, first[1])
  call('ZADD', prioritized, first[2], first[1])
end

local function toJob(list)
  local job = {}
  for i = 1, #list, 2 do job[list[i]] = list[i + 1] end
  return job
end

-- It is as if it had not been taken, and waits until another of its group has come to its end.
local function park(id, job)
  call('LREM', BASE .. 'active', 1, id)
  call('DEL', BASE .. id .. ':lock')
  call('HINCRBY', BASE .. id, 'ats', -1)
  if most then call('DECR', BASE .. 'limiter') end
  call('ZADD', BASE .. 'waiting-children', NOW_TEXT, id)
  local priority = tonumber(job.priority) or 0
  if priority == 0 then priority = ${NORMAL_PRIORITY} end
  call('ZADD', BASE .. 'parked:' .. job.group, priority * 4294967296 + call('INCR', BASE .. 'seq'), id)
  call('SADD', BASE .. 'parked', job.group)
end

local function isFull(job)
  return perGroup and job.group and call('SCARD', BASE .. 'group:' .. job.group) >= perGroup
end

local result, parked, bytes, pause = {-1}, 0, 0, -1
while #result <= count and parked < ${MAX_PARKED} and bytes < ${MAX_BYTES} do
  local urgent = putUrgentFirst()
  local taken = moveToActive({BASE, NOW_TEXT, packed})
  if type(taken[1]) ~= 'table' then
    if urgent then putBack(urgent) end
    if taken[3] > 0 then pause = taken[3] elseif taken[4] > 0 then pause = math.max(math.ceil(taken[4] - NOW), 0) end
    break
  end
  local id, job = taken[2], toJob(taken[1])
  if not job.name then
    -- It was removed by other hands while it waited.
    call('LREM', BASE .. 'active', 1, id)
    call('DEL', BASE .. id, BASE .. id .. ':lock')
  elseif isFull(job) then
    park(id, job)
    parked = parked + 1
  else
    if job.group then call('SADD', BASE .. 'group:' .. job.group, id) end
    bytes = bytes + #(job.data or '')
    result[#result + 1] = {
      id, job.name, job.data or '', job.delivery or '', job.opts or '', job.atm or '0', job.priority or '0',
      job.timeout or '', job.lost or '',
    }
  end
end
if parked >= ${MAX_PARKED} or bytes >= ${MAX_BYTES} then pause = 0 end
result[1] = pause
-- It has room for more, and waits to hear of them.
if #result <= count then call('SET', BASE .. 'idle', 1) end
return result
`;

/** Holds locks for longer. ARGV: how long; then the id and token of each. Gives the ids of those that were lost. */
export const EXTEND_SCRIPT = `
local lost = {}
for i = 2, #ARGV, 2 do
  local lock = KEYS[1] .. ARGV[i] .. ':lock'
  if redis.call('GET', lock) == ARGV[i + 1] then
    redis.call('PEXPIRE', lock, ARGV[1])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
`;

/** For how long what was sent over a connection that is gone may still arrive; TCP gives up sooner. */
const LATEST_MS = 3_600_000;

/**
 * Gives back what was taken by one whom the answer did not reach; what is still under way takes nothing any more. ARGV:
 * channel, queue, then tokens.
 */
export const createReturnScript = (): string => `
${COMMON}
${RELEASING}
${importBullScripts(['moveJobFromActiveToWait'])}
local tokens = {}
for i = 3, #ARGV do
  tokens[ARGV[i]] = true
  call('SET', BASE .. 'void:' .. ARGV[i], '', 'PX', ${LATEST_MS})
end
local active = call('LRANGE', BASE .. 'active', 0, -1)
for i = 1, #active do
  local id = active[i]
  local token = call('GET', BASE .. id .. ':lock')
  if token and tokens[token] then
    moveJobFromActiveToWait({id, token, BASE .. id})
    local group = call('HGET', BASE .. id, 'group')
    if group then leave(group, id) end
  end
end
announce()
return 0
`;
