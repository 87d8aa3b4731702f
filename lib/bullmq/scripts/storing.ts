import { importBullScripts } from './bull-scripts.js';
import { COMMON, RELEASING, REQUIRING_QUEUE } from './common.js';

/** How many arguments say of the queue what it is, and how many there are for each delivery. */
export const STORE_ARGUMENTS = { queue: 3, delivery: 5 };

/** What is done for deliveries that have no options: what BullMQ does for each, for all of them together. */
const STORING_PLAIN = `
local settings = call('HMGET', BASE .. 'event-drivers', 'attempts', 'keep', 'events')
${REQUIRING_QUEUE}
local keepMs = tonumber(settings[2]) * 1000
local plain = '{"attempts":' .. settings[1] .. (ARGV[3] == '{}' and '}' or ',' .. string.sub(ARGV[3], 2))

-- The record of what is done keeps a delivery from being stored again, but no longer than it is to be kept.
local function isStored(id)
  if call('EXISTS', BASE .. id) == 0 then return false end
  local done = call('ZSCORE', BASE .. 'completed', id)
  if not done or tonumber(done) > NOW - keepMs then return true end
  call('ZREM', BASE .. 'completed', id)
  call('DEL', BASE .. id, BASE .. id .. ':logs')
  return false
end

local function add(id, name, payload, delivery)
  call('HSET', BASE .. id, 'name', name, 'data', payload, 'opts', plain, 'timestamp', NOW_TEXT, 'delay', 0,
    'priority', 0, 'delivery', delivery)
  call('XADD', BASE .. 'events', 'MAXLEN', '~', settings[3], '*', 'event', 'added', 'jobId', id, 'name', name)
end

local waiting = {}
local function storePlain(id, name, payload, delivery)
  add(id, name, payload, delivery)
  waiting[#waiting + 1] = id
end

local function sayWaiting(id)
  call('XADD', BASE .. 'events', 'MAXLEN', '~', settings[3], '*', 'event', 'waiting', 'jobId', id)
end

local function putInWaiting()
  if #waiting == 0 then return end
  call('INCRBY', BASE .. 'id', #waiting)
  for i = 1, #waiting, 5000 do
    call('LPUSH', BASE .. 'wait', unpack(waiting, i, math.min(i + 4999, #waiting)))
  end
  for i = 1, #waiting do sayWaiting(waiting[i]) end
  local meta = call('HMGET', BASE .. 'meta', 'paused', 'concurrency')
  local isFull = meta[1] or meta[2] and call('LLEN', BASE .. 'active') >= tonumber(meta[2])
  if not isFull then call('ZADD', BASE .. 'marker', 0, '0') end
  waiting = {}
end
`;

const EACH = `for i = ${STORE_ARGUMENTS.queue + 1}, #ARGV, ${STORE_ARGUMENTS.delivery} do`;

/**
 * Stores deliveries. ARGV: the channel to announce them on, the name of the queue, BullMQ's options of all jobs as JSON;
 * then for each its id, name, payload, delivery, and options as JSON, or nothing where it is stored like all others.
 */
export const createStoreScript = (): string => `
${COMMON}
${RELEASING}
${importBullScripts(['addStandardJob', 'addDelayedJob', 'addPrioritizedJob', 'addParentJob'])}
${STORING_PLAIN}
local function toOptions(own)
  local options = cjson.decode(ARGV[3])
  options.attempts = own.a or tonumber(settings[1])
  return options
end

-- Whether it is the first of its ordering key, and so may run.
local function lineUp(id, key)
  call('SADD', BASE .. 'ordered', key)
  return call('RPUSH', BASE .. 'ordered:' .. key, id) == 1
end

local function store(id, name, payload, delivery, options)
  if options == '' then return storePlain(id, name, payload, delivery) end
  putInWaiting()
  local args = cmsgpack.pack({BASE, id, name, NOW_TEXT})
  local own = cjson.decode(options)
  local with = toOptions(own)
  local delay = own.t and own.t - NOW or own.d or 0
  if delay > 0 then with.delay = delay end
  if own.p then with.priority = own.p end
  local argv = {args, payload, cmsgpack.pack(with)}
  if own.k and not lineUp(id, own.k) then addParentJob(argv)
  elseif delay > 0 then addDelayedJob(argv)
  elseif own.p then addPrioritizedJob(argv)
  else addStandardJob(argv) end
  call('HSET', BASE .. id, 'delivery', delivery)
  if own.g then call('HSET', BASE .. id, 'group', own.g) end
  if own.o then call('HSET', BASE .. id, 'timeout', own.o) end
  if own.k then
    call('HSET', BASE .. id, 'key', own.k, 'seq', call('INCR', BASE .. 'seq'))
    release(own.k)
  end
end

${EACH}
  if not isStored(ARGV[i]) then store(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]) end
end
putInWaiting()
announce()
return 0
`;

/** The same for deliveries of which none has options. To define what it does not need is half of the work for one. */
export const STORE_PLAIN_SCRIPT = `
${COMMON}
${STORING_PLAIN}
${EACH}
  if not isStored(ARGV[i]) then storePlain(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]) end
end
putInWaiting()
announce()
return 0
`;

/** How many arguments say who takes what is stored. */
const TAKER_ARGUMENTS = 3;

/**
 * The same for a worker that takes what it stores, where nothing is before it: as BullMQ leaves what a worker has just taken.
 * ARGV: besides, in the end, the token of its locks, for how long they hold, and its name. Gives how many attempts there are,
 * and the ids of what was taken.
 */
export const STORE_TAKEN_SCRIPT = `
${COMMON}
${STORING_PLAIN}
local last = #ARGV - ${TAKER_ARGUMENTS}
local token, lockMs, worker = ARGV[last + 1], ARGV[last + 2], ARGV[last + 3]

local function isFree()
  local meta = call('HMGET', BASE .. 'meta', 'paused', 'concurrency', 'max')
  return not (meta[1] or meta[2] or meta[3]) and call('EXISTS', BASE .. 'void:' .. token) == 0
    and call('EXISTS', BASE .. 'wait', BASE .. 'prioritized') == 0
end

local taken = {settings[1]}
local function take(id, name, payload, delivery)
  add(id, name, payload, delivery)
  sayWaiting(id)
  call('LPUSH', BASE .. 'active', id)
  call('SET', BASE .. id .. ':lock', token, 'PX', lockMs)
  call('HSET', BASE .. id, 'pb', worker, 'processedOn', NOW_TEXT, 'ats', 1)
  call('XADD', BASE .. 'events', 'MAXLEN', '~', settings[3], '*', 'event', 'active', 'jobId', id, 'prev', 'waiting')
  taken[#taken + 1] = id
end

local storeOne = isFree() and take or storePlain
for i = ${STORE_ARGUMENTS.queue + 1}, last, ${STORE_ARGUMENTS.delivery} do
  if not isStored(ARGV[i]) then storeOne(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]) end
end
if #taken > 1 then call('INCRBY', BASE .. 'id', #taken - 1) end
if #waiting > 0 then
  putInWaiting()
  announce()
end
return taken
`;
