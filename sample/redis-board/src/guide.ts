/** What to try, to be copied line by line. */
export function createGuide(url: string, pid: number, isBoardOpen: boolean): string {
  const post = (path: string, item: string, quantity: number): string =>
    `curl '${url}${path}' -H 'content-type: application/json' -d '${JSON.stringify({ item, quantity })}'`;
  const board = isBoardOpen
    ? `${url}/queues (user admin, with the password of BOARD_PASSWORD)`
    : `closed; stop this, and start it with: BOARD_PASSWORD=secret npm run start:redis-board`;
  return `
Orders are taken at ${url} (pid ${pid}). The board of the queue: ${board}. Try:

  # An order: stored in Redis for two listeners, and done a moment later
  ${post('/orders', 'teapot', 2)}
  curl ${url}/mails

  # Kettles are sold out: after three attempts the reservation is a dead letter
  ${post('/orders', 'kettle', 1)}
  curl ${url}/failed

  # Bring one, and press Retry on the board, or redrive what was given up
  ${post('/stock', 'kettle', 1)}
  curl -X POST ${url}/failed/redrive
`;
}
