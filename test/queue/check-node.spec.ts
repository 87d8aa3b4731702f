import { EventsModule, UnsupportedNodeError } from 'nestjs-event-drivers';
import { checkMajorOfNode, checkNode } from '../../lib/queue/check-node.js';
import { syncConfig } from '../support/app.js';

test('A Node that is too old is named, with the one that is needed', () => {
  expect(checkNode('20.20.2')).toMatch(/Node 20\.20\.2 is older than 22\.12/);
  expect(checkNode('22.11.0')).toMatch(/22\.12/);
  expect(checkNode('22.12.0')).toBeUndefined();
  expect(checkNode('24.1.0')).toBeUndefined();
});

test('A Node that lacks what is needed keeps the module from being defined', () => {
  expect(checkMajorOfNode('20.20.2')).toMatch(/needs Node 22\.12 or later; this is Node 20\.20\.2/);
  expect(checkMajorOfNode('22.11.0')).toBeUndefined();
  const { versions } = process;
  Object.defineProperty(process, 'versions', { value: { ...versions, node: '20.20.2' }, configurable: true });
  try {
    const define = [
      () => EventsModule.forRoot(syncConfig()),
      () => EventsModule.forRootAsync({ useFactory: () => syncConfig() }),
      () => EventsModule.forFeature({}),
    ];
    for (const call of define) expect(call).toThrow(UnsupportedNodeError);
  } finally {
    Object.defineProperty(process, 'versions', { value: versions, configurable: true });
  }
});
