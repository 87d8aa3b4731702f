import { join } from 'node:path';

/** The template that the last build made, so that embedded databases are created in a fraction of the time. */
export const TEMPLATE_FOLDER = join(import.meta.dirname, '../../dist/pg-boss/embedded');
