import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How many bytes of what a client sent are remembered, to tell its connection from others. */
const REMEMBERED_BYTES = 64 * 1024;

/** One connection through the proxy. */
class Link {
  private isHeld = false;
  private isSilent = false;
  private held: (() => void)[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private sent = '';

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly getDelayMs: () => number,
    onClose: (link: Link) => void,
  ) {
    this.pipe(
      client,
      server,
      () => this.isHeld,
      (chunk) => {
        if (this.sent.length < REMEMBERED_BYTES) this.sent += chunk.toString('latin1');
      },
    );
    this.pipe(server, client, () => this.isHeld || this.isSilent);
    const onEnd = () => {
      if (client.closed && server.closed) onClose(this);
    };
    client.once('close', onEnd);
    server.once('close', onEnd);
  }

  hasSent(text: string): boolean {
    return this.sent.includes(text);
  }

  hold(): void {
    this.isHeld = true;
  }

  /** Lets through what the client sends, and none of the answers. */
  silence(): void {
    this.isSilent = true;
  }

  resume(): void {
    this.isHeld = false;
    this.isSilent = false;
    for (const step of this.held.splice(0)) step();
  }

  reset(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.client.resetAndDestroy();
    this.server.destroy();
    this.held = [];
  }

  private pipe(
    from: Socket,
    to: Socket,
    isHeld: () => boolean,
    onData: (chunk: Buffer) => void = () => undefined,
  ): void {
    const pass = (step: () => void): void => this.pass(step, isHeld);
    from.on('data', (chunk: Buffer) => {
      onData(chunk);
      pass(() => to.write(chunk));
    });
    from.on('end', () =>
      pass(() => {
        to.destroy();
        from.destroy();
      }),
    );
    from.on('close', () => pass(() => to.destroy()));
    from.on('error', () => undefined);
  }

  /** Does what is due: at once, after the delay, or when nothing is held back any more. */
  private pass(step: () => void, isHeld: () => boolean): void {
    const delayMs = this.getDelayMs();
    if (isHeld()) this.held.push(step);
    else if (delayMs === 0) step();
    else {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        if (isHeld()) this.held.push(step);
        else step();
      }, delayMs);
      this.timers.add(timer);
    }
  }
}

/** Stands between a client and a server, and lets the network between them fail. */
export class TcpProxy {
  /** When clients connected, in milliseconds. */
  readonly attempts: number[] = [];
  private readonly links = new Set<Link>();
  private isBlackHole = false;
  private isRefusing = false;
  private delayMs = 0;

  private constructor(
    private readonly listener: Server,
    target: { readonly host: string; readonly port: number },
  ) {
    listener.on('connection', (client) => {
      this.attempts.push(performance.now());
      if (this.isRefusing) {
        client.resetAndDestroy();
        return;
      }
      const getDelayMs = () => this.delayMs;
      const link = new Link(client, connect({ ...target, allowHalfOpen: true }), getDelayMs, (closed) =>
        this.links.delete(closed),
      );
      this.links.add(link);
      if (this.isBlackHole) link.hold();
    });
  }

  /** Opens a proxy on a free port of this machine. */
  static async open(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    // Otherwise a goodbye would be answered, even where nothing arrives.
    const listener = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(listener, target);
  }

  /** Opens a proxy for the server of a URL. */
  static async openFor(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    return TcpProxy.open({ host: hostname, port: Number(port || 5432) });
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get size(): number {
    return this.links.size;
  }

  /** The URL with the proxy in place of the server. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  /** From now on nothing arrives, in either direction, and nobody is told. New connections are accepted. */
  blackhole(): void {
    this.isBlackHole = true;
    for (const link of this.links) link.hold();
  }

  /** The same, but only for the connections on which the client has sent a text. */
  blackholeWhereSent(text: string): void {
    for (const link of this.links) if (link.hasSent(text)) link.hold();
  }

  /** What clients send arrives, on the connections that there are; none of the answers does. */
  withholdAnswers(): void {
    for (const link of this.links) link.silence();
  }

  /** Breaks all connections, and each new one at once. */
  refuse(): void {
    this.isRefusing = true;
    this.reset();
  }

  /** New connections work again; on those that there are, still nothing arrives. */
  reopen(): void {
    this.isBlackHole = false;
  }

  /** Everything arrives again, and what was held back does, too. */
  forward(): void {
    this.isBlackHole = false;
    this.isRefusing = false;
    this.delayMs = 0;
    for (const link of this.links) link.resume();
  }

  /** Breaks all connections that are open. */
  reset(): void {
    for (const link of this.links) link.reset();
  }

  /** Lets everything arrive so much later. */
  delay(delayMs: number): void {
    this.delayMs = delayMs;
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.listener.close(resolve));
  }
}
