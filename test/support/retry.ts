import { jest } from '@jest/globals';

// Real servers, processes and deadlines on a machine that is busy with other things: what fails there is printed,
// and tried once more. Whoever runs the tests by hand sees it fail at once.
if (process.env['CI'] === 'true') jest.retryTimes(1, { logErrorsBeforeRetry: true });
