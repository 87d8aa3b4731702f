import { checkNode } from '../../lib/queue/check-node.js';

test('A Node that is too old is named, with the one that is needed', () => {
  expect(checkNode('20.20.2')).toMatch(/Node 20\.20\.2 is older than 22\.12/);
  expect(checkNode('22.11.0')).toMatch(/22\.12/);
  expect(checkNode('22.12.0')).toBeUndefined();
  expect(checkNode('24.1.0')).toBeUndefined();
});
