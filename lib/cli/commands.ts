import type { Command } from './command.js';
import { explain } from './commands/explain.js';
import { failed } from './commands/failed.js';
import { createHelp } from './commands/help.js';
import { migrate } from './commands/migrate.js';
import { pause } from './commands/pause.js';
import { purge } from './commands/purge.js';
import { redrive } from './commands/redrive.js';
import { resume } from './commands/resume.js';
import { status } from './commands/status.js';

const COMMANDS_OF_QUEUES = [status, failed, redrive, purge, pause, resume, explain, migrate];

/** All commands, in the order that the help lists them in. */
export const COMMANDS: readonly Command[] = [...COMMANDS_OF_QUEUES, createHelp(COMMANDS_OF_QUEUES)];
