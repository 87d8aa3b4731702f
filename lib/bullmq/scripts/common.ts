/**
 * What all scripts begin with. Keys besides those of BullMQ, all in the hash slot of the queue:
 *
 * - `event-drivers`: how the queue is to be kept
 * - `ordered:<key>`: deliveries of one ordering key in their order, the first of which may run; `ordered`: the keys
 * - `group:<group>`: deliveries of a group that run; `parked:<group>`: those that wait for them; `parked`: the groups
 * - `void:<token>`: nothing is to be taken with that token any more
 *
 * - `idle`: there is a worker that has found nothing to do since anything was announced
 *
 * A delivery that waits for another is among BullMQ's `waiting-children`. In the hash of a job, besides what BullMQ
 * has there: `delivery` (what was stored, without the payload), `key`, `group`, `timeout`, `seq`, `error`, `lost`.
 */
export const COMMON = `
local BASE = KEYS[1]
local call = redis.call
local t = call('TIME')
local NOW = t[1] * 1000 + math.floor(t[2] / 1000)
local requeued = 0

-- Says that there is something to do, where anybody waits to hear of it.
local function announce()
  if call('DEL', BASE .. 'idle') == 1 then call('PUBLISH', ARGV[1], ARGV[2]) end
end

local function text(number) return string.format('%.0f', number) end
local NOW_TEXT = text(NOW)

-- Has a delivery run as soon as it may, by BullMQ's own way of waking what is delayed.
local function requeue(id)
  local job = call('HMGET', BASE .. id, 'timestamp', 'delay')
  local due = math.max((tonumber(job[1]) or 0) + (tonumber(job[2]) or 0), NOW)
  call('ZREM', BASE .. 'waiting-children', id)
  call('ZADD', BASE .. 'delayed', due * 4096 + math.min(requeued, 4095), id)
  requeued = requeued + 1
end
`;

/** For scripts that have read the settings of the queue, whose name is their second argument. */
export const REQUIRING_QUEUE = `if not settings[1] then
  return redis.error_reply("NOQUEUE there is no queue '" .. ARGV[2] .. "'")
end`;

/** For scripts that end what runs, or may. */
export const RELEASING = `
-- The next of an ordering key may run. What is not there any more was removed by other hands.
local function release(key)
  local list = BASE .. 'ordered:' .. key
  while true do
    local head = call('LINDEX', list, 0)
    if not head then
      call('SREM', BASE .. 'ordered', key)
      return
    end
    if call('EXISTS', BASE .. head) == 1 and call('HEXISTS', BASE .. head, 'finishedOn') == 0 then
      if call('ZSCORE', BASE .. 'waiting-children', head) then requeue(head) end
      return
    end
    call('LPOP', list)
  end
end

local function advance(key, id)
  call('LREM', BASE .. 'ordered:' .. key, 1, id)
  release(key)
end

-- One of those that wait for a place in a group has it.
local function unpark(group)
  local parked = call('ZPOPMIN', BASE .. 'parked:' .. group)
  if parked[1] then requeue(parked[1]) else call('SREM', BASE .. 'parked', group) end
  return parked[1]
end

local function leave(group, id)
  if call('SREM', BASE .. 'group:' .. group, id) == 1 then unpark(group) end
end
`;

/** For scripts that record what became of a delivery; `lock` is `'0'` where none is asked for. */
export const SETTLING = `
local settings = call('HMGET', BASE .. 'event-drivers', 'keep', 'metrics')
local metrics = tonumber(settings[2]) or ''

-- Other hands may have written anything there.
local function getAttempts(options)
  local isJson, decoded = pcall(cjson.decode, options or '{}')
  return isJson and type(decoded) == 'table' and tonumber(decoded.attempts) or 1
end

-- All that a script records it keeps in the same way.
local packed = {}
local function pack(lock, keep, attempts)
  local key = lock .. ':' .. attempts
  if not packed[key] then
    packed[key] = cmsgpack.pack({token = lock, keepJobs = keep, attempts = attempts, maxMetricsSize = metrics})
  end
  return packed[key]
end

local function finish(id, lock, state, property, value, keep, fields)
  local of = call('HMGET', BASE .. id, 'key', 'group')
  -- Of what is done nobody asks how many attempts it had left.
  local attempts = state == 'failed' and getAttempts(call('HGET', BASE .. id, 'opts')) or 1
  local result = moveToFinished({
    id, NOW_TEXT, property, value, state, 0, BASE, pack(lock, keep, attempts), fields,
  }, id, state)
  if type(result) == 'number' and result < 0 then return false end
  if of[2] then leave(of[2], id) end
  if of[1] then advance(of[1], id) end
  return true
end
`;
