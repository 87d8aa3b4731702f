/** Policies by configuration beside the same ones by hand, where nothing fails: what they cost each delivery. */
import { ExponentialBackoff, handleAll, retry, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import { BaseEvent, EventConfig, RetryDriver, SyncDriver, TimeoutDriver } from 'nestjs-event-drivers';
import { defer } from './support/clean-up.mjs';
import { atMost, compare, toComparison } from './support/comparison.mjs';
import { checkCalls, compareCosts } from './support/cost.mjs';
import { createListener, startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 25;
export const PACKAGES = ['cockatiel'];

const TIMEOUT_MS = 2000;
const ATTEMPTS = 3;

let handled = 0;

class Happened extends BaseEvent {}

const drivers = {
  retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: ATTEMPTS, driver: 'timeout' }),
  timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: TIMEOUT_MS, driver: 'sync' }),
  sync: EventConfig.createConfigDriver(SyncDriver),
};

async function createContenders() {
  const Listener = createListener(Happened, 'happened', async () => {
    handled++;
  });
  const { app, service } = await startInProcessApp([Listener], { defaultDriver: 'retry', drivers });
  defer(() => app.close());
  const [listener, event] = [app.get(Listener), new Happened()];
  const retrying = retry(handleAll, { maxAttempts: ATTEMPTS - 1, backoff: new ExponentialBackoff() });
  const aggressive = wrap(retrying, timeout(TIMEOUT_MS, TimeoutStrategy.Aggressive));
  const cooperative = wrap(retrying, timeout(TIMEOUT_MS, TimeoutStrategy.Cooperative));
  return {
    dispatch: async (n) => {
      for (let i = 0; i < n; i++) await service.dispatch(event);
    },
    aggressive: async (n) => {
      for (let i = 0; i < n; i++) await aggressive.execute(({ signal }) => listener.on(event, signal));
    },
    cooperative: async (n) => {
      for (let i = 0; i < n; i++) await cooperative.execute(({ signal }) => listener.on(event, signal));
    },
  };
}

export async function run({ rounds }) {
  const contenders = await createContenders();
  await checkCalls(contenders, 1, () => handled);
  const { dispatch, aggressive, cooperative } = await compareCosts(contenders, rounds, 1000);
  const against = (peer, theirs, wanted) =>
    compare({ title: 'retry -> timeout -> sync', ours: dispatch, theirs, peer, unit: 'ns', wanted });
  const rows = [
    against('cockatiel wrap(retry(), timeout())', aggressive, atMost(1)),
    against('cockatiel, a timeout that only asks to stop', cooperative),
  ];
  return {
    tables: [toComparison('Policies, where nothing fails', rows)],
    notes: ['TimeoutDriver gives up as well as asking to stop, as TimeoutStrategy.Aggressive does.'],
  };
}
