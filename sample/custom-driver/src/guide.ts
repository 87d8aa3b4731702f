/** What to try, to be copied line by line. */
export function createGuide(url: string, pid: number): string {
  const write = (query: string, text: string): string =>
    `curl '${url}/postcards${query}' -H 'content-type: application/json' -d '${JSON.stringify({ to: 'Ada', text })}'`;
  return `
Postcards are taken at ${url} (pid ${pid}). Try:

  # A postcard: accepted once it is on the disk, and sent a moment later
  ${write('', 'Greetings')}
  curl ${url}/postcards/sent

  # Another, to be sent in 20 seconds: stop the application before that, or kill it, and start it again
  ${write('?in=20s', 'Later')}
  curl ${url}/postcards/counts
  kill -9 ${pid}

  # One that cannot be sent: tried three times, then kept until somebody has seen to the cause
  curl -X POST ${url}/post-office/close
  ${write('', 'In vain')}
  curl ${url}/failed
  curl -X POST ${url}/post-office/open
  curl -X POST ${url}/failed/redrive
`;
}
