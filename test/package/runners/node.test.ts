import { after, describe, it } from 'node:test';
import { describeDriver } from 'nestjs-event-drivers/testing';
import { STORY, TinyDriver } from './story.js';

for (const [title, tell] of Object.entries(STORY)) it(title, tell);

describeDriver('TinyDriver', { driver: TinyDriver }, { describe, it, afterAll: after });
