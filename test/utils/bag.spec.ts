import { Bag } from '../../lib/utils/bag.js';

test('A bag has what is in it in the order in which it came, whatever has gone meanwhile', () => {
  const bag = new Bag<string>();
  const [first, , third, , fifth] = ['one', 'two', 'three', 'four', 'five'].map((value) => bag.add(value));
  bag.delete(first!);
  expect(bag.toArray()).toEqual(['two', 'three', 'four', 'five']);
  bag.add('six');
  bag.delete(third!);
  bag.delete(fifth!);
  expect(bag.toArray()).toEqual(['two', 'four', 'six']);
  expect(bag.size).toBe(3);
});

test('A bag tells one value from another one like it', () => {
  const bag = new Bag<string>();
  const [one, other] = [bag.add('same'), bag.add('same')];
  bag.delete(one);
  expect(bag.toArray()).toEqual(['same']);
  bag.delete(other);
  expect(bag.size).toBe(0);
});
