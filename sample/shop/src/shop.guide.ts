/** What to try, to be copied line by line. */
export function createGuide(url: string, pid: number): string {
  const post = (path: string, body: object): string =>
    `curl '${url}${path}' -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  const teapot = { item: 'teapot', quantity: 2 };
  const kettle = { item: 'kettle', quantity: 1 };
  return `
The shop is open at ${url} (pid ${pid}). Try:

  # A user: listed at once, welcomed in the background
  ${post('/users', { name: 'Ada', email: 'ada@example.com' })}
  curl ${url}/users/1

  # An order: the payment service refuses twice, the driver tries again
  ${post('/orders', teapot)}
  curl ${url}/external/payments/1

  # Its confirmation mail was put into a queue, and is sent from there
  curl ${url}/mail/outbox
  curl ${url}/queues
  curl ${url}/explain/order.placed

  # The mail server fails on purpose: after three attempts the mail is a dead letter, until it is redriven
  curl -X POST ${url}/mail/break
  ${post('/orders', teapot)}
  curl ${url}/failed
  curl -X POST ${url}/mail/repair
  curl -X POST ${url}/failed/redrive

  # The same by another driver: all of it in the background; without retries; one that is not there
  ${post('/orders?driver=background', teapot)}
  curl ${url}/orders/3
  ${post('/orders?driver=sync', teapot)}
  ${post('/orders?driver=pigeon', teapot)}

  # Kettles are sold out: the reservation is kept, and made once there are some
  ${post('/orders', kettle)}
  curl ${url}/failed
  curl -X PUT ${url}/stock/kettle -H 'content-type: application/json' -d '{"quantity":5}'
  curl -X POST ${url}/failed/redrive

  # What the drivers have measured
  curl ${url}/metrics

  # What is in the queue survives a crash: npm start, and it is sent
  kill -9 ${pid}
`;
}
