import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../support/compile.js';

const root = join(import.meta.dirname, '../..');

/** Each folder is a program of its own: the names of drivers are registered for a whole program. */
it.each(['any-names', 'registered-names'])(
  'what must not compile does not, and the rest does: %s',
  (folder) => {
    const files = readdirSync(join(import.meta.dirname, folder)).map((file) =>
      join(import.meta.dirname, folder, file),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(compile(root, files)).toEqual([]);
  },
);
