export { EventsTestingModule, EventsTestingModuleBuilder } from './events-testing.module.js';
export { overrideDriver } from './override-driver.js';
