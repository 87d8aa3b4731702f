import { makeTemplate } from './make-template.js';
import { TEMPLATE_FOLDER } from './template-folder.js';

// Run after the build; see `build` in package.json.
await makeTemplate(TEMPLATE_FOLDER);
