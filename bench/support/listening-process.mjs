/** `listening-process.mjs <url> <channel> <count>`: so many connections that are told of what is stored, as workers are. */
import { Client } from 'pg';

const [, , url, channel, count] = process.argv;
for (let no = 0; no < Number(count); no++) {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`LISTEN ${channel}`);
}
process.on('message', () => process.exit());
// Whoever has started it is gone.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
process.send('listening');
