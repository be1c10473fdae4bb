import { type ClientEvent, type Clock, type Opened, SttError } from '@verbatim/contracts';
import { ClientError } from '../client-error.ts';
import { Link } from './link.ts';

/** A connection on which a session is open. */
export interface Connection {
  readonly link: Link;
  /** How the server greeted: it wants audio from `nextSample` on. */
  readonly opened: Opened;
  /** What it says after that. */
  readonly messages: AsyncIterator<ClientEvent>;
}

/**
 * Connects and, with a `config` that says what is wanted, opens a session or goes on with one.
 * @throws ClientError when the server can't be reached; SttError, with the server's code, when it refuses; the signal's
 *   reason when it aborts.
 */
export async function connect(url: URL, config: object, clock: Clock, signal: AbortSignal): Promise<Connection> {
  const link = await Link.open(url, clock, signal);
  const leave = () => link.close();
  signal.addEventListener('abort', leave);
  try {
    await link.send(JSON.stringify({ type: 'config', ...config }));
    const messages = link.events[Symbol.asyncIterator]();
    return { link, opened: openedOf(await messages.next()), messages };
  } catch (error) {
    link.close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** The first word of a connection; throws where it is another one. */
const openedOf = ({ done, value: event }: IteratorResult<ClientEvent, void>): Opened => {
  if (done === true) throw new ClientError('The server closed the connection before the session was open.');
  if (event.type === 'opened') return event;
  if (event.type === 'error') throw new SttError(event.code, event.message);
  throw new SttError('invalid_argument', `The server began with "${event.type}" and not with "opened".`);
};
