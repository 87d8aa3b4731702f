import { importBullScripts } from './bull-scripts.js';
import { COMMON, RELEASING } from './common.js';

/** How many arguments say of the queue what it is, and how many there are for each delivery. */
export const STORE_ARGUMENTS = { queue: 3, delivery: 5 };

/**
 * Stores deliveries. ARGV: the channel to announce them on, the name of the queue, BullMQ's options of all jobs as JSON;
 * then for each its id, name, payload, delivery, and options as JSON or nothing.
 */
export const createStoreScript = (): string => `
${COMMON}
${RELEASING}
${importBullScripts(['addStandardJob', 'addDelayedJob', 'addPrioritizedJob', 'addParentJob'])}
local settings = call('HMGET', BASE .. 'event-drivers', 'attempts', 'keep')
if not settings[1] then return redis.error_reply("NOQUEUE there is no queue '" .. ARGV[2] .. "'") end
local keepMs = tonumber(settings[2]) * 1000

local function toOptions(own)
  local options = cjson.decode(ARGV[3])
  options.attempts = own.a or tonumber(settings[1])
  return options
end
local plain = cmsgpack.pack(toOptions({}))

-- The record of what is done keeps a delivery from being stored again, but no longer than it is to be kept.
local function isStored(id)
  if call('EXISTS', BASE .. id) == 0 then return false end
  local done = call('ZSCORE', BASE .. 'completed', id)
  if not done or tonumber(done) > NOW - keepMs then return true end
  call('ZREM', BASE .. 'completed', id)
  call('DEL', BASE .. id, BASE .. id .. ':logs')
  return false
end

-- Whether it is the first of its ordering key, and so may run.
local function lineUp(id, key)
  call('SADD', BASE .. 'ordered', key)
  return call('RPUSH', BASE .. 'ordered:' .. key, id) == 1
end

local function store(id, name, payload, delivery, options)
  local args = cmsgpack.pack({BASE, id, name, NOW_TEXT})
  if options == '' then
    addStandardJob({args, payload, plain})
    call('HSET', BASE .. id, 'delivery', delivery)
    return
  end
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

for i = ${STORE_ARGUMENTS.queue + 1}, #ARGV, ${STORE_ARGUMENTS.delivery} do
  if not isStored(ARGV[i]) then store(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]) end
end
call('PUBLISH', ARGV[1], ARGV[2])
return 0
`;
