/** What to try, to be copied line by line. */
export function createGuide(url: string): string {
  const post = (path: string, body: object): string =>
    `curl '${url}${path}' -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  const teapot = { item: 'teapot', quantity: 2 };
  const kettle = { item: 'kettle', quantity: 1 };
  return `
The shop is open at ${url}. Try:

  # A user: listed at once, welcomed in the background
  ${post('/users', { name: 'Ada', email: 'ada@example.com' })}
  curl ${url}/users/1

  # An order: the payment service refuses twice, the driver tries again
  ${post('/orders', teapot)}
  curl ${url}/external/payments/1

  # The same by another driver: all of it in the background; without retries; one that is not there
  ${post('/orders?driver=background', teapot)}
  curl ${url}/orders/2
  ${post('/orders?driver=sync', teapot)}
  ${post('/orders?driver=pigeon', teapot)}

  # Kettles are sold out: the reservation is kept, and made once there are some
  ${post('/orders', kettle)}
  curl ${url}/failed
  curl -X PUT ${url}/stock/kettle -H 'content-type: application/json' -d '{"quantity":5}'
  curl -X POST ${url}/failed/retry

  # What the drivers have measured
  curl ${url}/metrics
`;
}
