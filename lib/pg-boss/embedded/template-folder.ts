import { fileURLToPath } from 'node:url';

/** Where the template is: beside this file, once it is built. */
export const TEMPLATE_FOLDER = fileURLToPath(new URL('.', import.meta.url));
