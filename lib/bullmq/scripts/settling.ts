import { importBullScripts } from './bull-scripts.js';
import { COMMON, RELEASING, REQUIRING_QUEUE, SETTLING } from './common.js';

/**
 * Records that deliveries are done. ARGV: channel, queue, what is to be kept of those that are done (as JSON, by
 * BullMQ's options); then the id and token of each.
 */
export const createCompleteScript = (): string => `
${COMMON}
${RELEASING}
${importBullScripts(['moveToFinished'])}
${SETTLING}
local keep = ARGV[3] == '' and {count = tonumber(settings[1]) == 0 and 0 or -1} or cjson.decode(ARGV[3])
for i = 4, #ARGV, 2 do finish(ARGV[i], ARGV[i + 1], 'completed', 'returnvalue', 'null', keep) end
if requeued > 0 then announce() end
return 0
`;

/** What becomes of a delivery that is not done. */
export type Verb = 'retry' | 'postpone' | 'return' | 'bury';

/**
 * Records what became of deliveries that are not done. ARGV: channel, queue, what is to become of them, after how long,
 * the fields to set, as pairs in JSON, and the reason; then the id and token of each. Gives whether all were still ours.
 */
export const createSettleScript = (): string => `
${COMMON}
${RELEASING}
${importBullScripts(['moveToFinished', 'moveToDelayed', 'retryJob', 'moveJobFromActiveToWait'])}
${SETTLING}
local verb, delay, reason = ARGV[3], tonumber(ARGV[4]), ARGV[6]
local fields = ARGV[5] ~= '' and cmsgpack.pack(cjson.decode(ARGV[5])) or nil

local function put(id, lock)
  if verb == 'return' then return moveJobFromActiveToWait({id, lock, BASE .. id}, id) end
  if verb == 'retry' and delay == 0 then
    return retryJob({BASE, NOW_TEXT, 'LPUSH', id, lock, fields}, id)
  end
  local skip = verb == 'postpone' and '1' or '0'
  return moveToDelayed({BASE, NOW_TEXT, id, lock, delay, skip, fields, '0'}, id)
end

local function settle(id, lock)
  if verb == 'bury' then return finish(id, lock, 'failed', 'failedReason', reason, {count = -1}, fields) end
  local group = call('HGET', BASE .. id, 'group')
  local result = put(id, lock)
  if type(result) == 'number' and result < 0 then return false end
  if group then leave(group, id) end
  return true
end

for i = 7, #ARGV, 2 do settle(ARGV[i], ARGV[i + 1]) end
if verb ~= 'bury' or requeued > 0 then announce() end
return 0
`;

/**
 * Looks after a queue. ARGV: channel, queue, whether what is lost is not to run again, how many of a group may run,
 * the fields and the reason of what is given up as lost, and those of what runs again. Deliveries whose lock has run out
 * are another's to run; records that were kept for long enough are forgotten; nobody waits for what is not there.
 */
export const createRecoverScript = (): string => `
${COMMON}
${RELEASING}
${importBullScripts(['moveToFinished', 'retryJob'])}
${SETTLING}
${REQUIRING_QUEUE}

-- At first: it makes room even where there is none for anything else.
local old = NOW - tonumber(settings[1]) * 1000
local done = call('ZRANGEBYSCORE', BASE .. 'completed', '-inf', text(old), 'LIMIT', 0, 1000)
for i = 1, #done do
  call('ZREM', BASE .. 'completed', done[i])
  call('DEL', BASE .. done[i], BASE .. done[i] .. ':logs')
end

local lost, buried = cmsgpack.pack(cjson.decode(ARGV[7])), cmsgpack.pack(cjson.decode(ARGV[5]))
local active = call('LRANGE', BASE .. 'active', 0, -1)
for i = 1, #active do
  local id = active[i]
  if call('EXISTS', BASE .. id .. ':lock') == 0 then
    local job = call('HMGET', BASE .. id, 'atm', 'opts', 'group')
    local attempts = getAttempts(job[2])
    call('HINCRBY', BASE .. id, 'stc', 1)
    call('XADD', BASE .. 'events', '*', 'event', 'stalled', 'jobId', id)
    if ARGV[3] == '1' or (tonumber(job[1]) or 0) + 1 >= attempts then
      finish(id, '0', 'failed', 'failedReason', ARGV[6], {count = -1}, buried)
    else
      retryJob({BASE, NOW_TEXT, 'RPUSH', id, '0', lost}, id)
      if job[3] then leave(job[3], id) end
      requeued = requeued + 1
    end
  end
end

local keys = call('SRANDMEMBER', BASE .. 'ordered', 100)
for i = 1, #keys do release(keys[i]) end

local groups = call('SRANDMEMBER', BASE .. 'parked', 100)
for i = 1, #groups do
  local running = call('SMEMBERS', BASE .. 'group:' .. groups[i])
  local count = #running
  for j = 1, #running do
    if call('EXISTS', BASE .. running[j] .. ':lock') == 0 then
      call('SREM', BASE .. 'group:' .. groups[i], running[j])
      count = count - 1
    end
  end
  local room = (tonumber(ARGV[4]) or 1000) - count
  while room > 0 and unpark(groups[i]) do room = room - 1 end
end
if requeued > 0 then announce() end
return #done
`;
