import { systemClock } from '@verbatim/contracts';
import { type SessionConfig, type SessionDeps, sessionSettings } from '@verbatim/ingress';
import type { Logger } from '@verbatim/kit';
import { abilitiesOf } from '@verbatim/speech';
import type { Embedded } from './embedded.ts';

/** Here a chunk is a function call, not a message, so it need not wait to be worth one. */
const MIN_CHUNK_MS = 20;

/** What the doors need to open sessions on an embedded engine. */
export function sessionDeps(config: SessionConfig, { bus, store, model }: Embedded, log: Logger): SessionDeps {
  return {
    ...sessionSettings(config, MIN_CHUNK_MS),
    bus,
    store,
    models: {
      default: model.id,
      list: [{ id: model.id, aliases: model.aliases, languages: model.languages, ...abilitiesOf(model) }],
    },
    onDrain: 'end',
    clock: systemClock,
    log,
  };
}
