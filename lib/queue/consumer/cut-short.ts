/** What a delivery that is to run once is given up with if it is running when the application has no more time for it. */
export const CUT_SHORT = {
  name: 'DeliveryAbortedError',
  code: 'EVENTS_DELIVERY_ABORTED',
  message: 'the application was shut down while it ran, and it is to run once only',
};
