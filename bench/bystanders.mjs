/** What a dispatch costs where the application has many other events, none of which it is about. */
import { BaseEvent } from 'nestjs-event-drivers';
import { defer } from './support/clean-up.mjs';
import { atMost, compare, toComparison } from './support/comparison.mjs';
import { checkCalls, compareCosts } from './support/cost.mjs';
import { createHandler, createListener, startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 25;
export const PACKAGES = ['@nestjs/event-emitter', '@nestjs/cqrs'];

const OTHERS = 1000;
/** Each of its handlers looks at every event; a thousand of them would take the whole time of this benchmark. */
const OTHER_HANDLERS = 50;

let handled = 0;
let done;

async function startApp(others, otherHandlers) {
  class Happened extends BaseEvent {}
  class Published {}
  const bystanders = Array.from({ length: others }, (_, index) => {
    const Other = { [`Other${index}`]: class extends BaseEvent {} }[`Other${index}`];
    return createListener(Other, `other.${index}`, async () => {});
  });
  const handlers = Array.from({ length: otherHandlers }, () => createHandler(class {}, async () => {}));
  const listener = createListener(Happened, 'happened', async () => {
    handled++;
  });
  const handler = createHandler(Published, async () => {
    handled++;
    done();
  });
  const started = await startInProcessApp([...bystanders, ...handlers, listener, handler]);
  defer(() => started.app.close());
  return toContenders(started, new Happened(), new Published());
}

function toContenders({ service, emitter, bus }, event, published) {
  return {
    dispatch: async (n) => {
      for (let i = 0; i < n; i++) await service.dispatch(event);
    },
    emitAsync: async (n) => {
      for (let i = 0; i < n; i++) await emitter.emitAsync('happened', event);
    },
    publish: async (n) => {
      for (let i = 0; i < n; i++) {
        await new Promise((resolve) => {
          done = resolve;
          bus.publish(published);
        });
      }
    },
  };
}

export async function run({ rounds }) {
  const alone = await startApp(0, 0);
  const among = await startApp(OTHERS, OTHER_HANDLERS);
  const contenders = Object.fromEntries(
    Object.keys(alone).flatMap((name) => [
      [`${name} alone`, alone[name]],
      [`${name} among`, among[name]],
    ]),
  );
  await checkCalls(contenders, 1, () => handled);
  const costs = await compareCosts(contenders, rounds);
  const against = (name, others, wanted) =>
    compare({
      title: `${name}(), ${others}`,
      ours: costs[`${name} among`],
      theirs: costs[`${name} alone`],
      peer: 'without them',
      unit: 'ns',
      isProportion: true,
      wanted,
    });
  const rows = [
    against('dispatch', `${OTHERS} other events with a listener each`, atMost(1.05)),
    against('emitAsync', `${OTHERS} other events with a listener each`),
    against('publish', `${OTHER_HANDLERS} other handlers`),
  ];
  return { tables: [toComparison('Among other events', rows)] };
}
