import { afterAll, beforeAll, describe } from 'vitest';
import { audioLogContract } from '../contract/audio-log-contract.ts';
import type { BusUnderTest } from '../contract/bus-under-test.ts';
import { claimQueueContract } from '../contract/claim-queue-contract.ts';
import { doorsContract } from '../contract/doors-contract.ts';
import { eventFeedContract } from '../contract/event-feed-contract.ts';
import { noticesContract } from '../contract/notices-contract.ts';
import { objectStoreContract } from '../contract/object-store-contract.ts';
import { findNatsServer, type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { createJetStreamBus } from './jetstream-bus.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';

describe.skipIf(missing !== '')(`the JetStream bus${missing}`, () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  const makeBus = async (): Promise<BusUnderTest> => {
    const settings = { ringSeconds: 2, ackWaitMs: 600, objectsMaxBytes: 4 * 2 ** 20 };
    const bus = createJetStreamBus({ servers: [server.url], name: 'test', ...settings });
    await bus.ready;
    return { bus, ...settings, dispose: async () => bus[Symbol.asyncDispose]() };
  };

  audioLogContract(makeBus);
  claimQueueContract(makeBus);
  eventFeedContract(makeBus);
  doorsContract(makeBus);
  noticesContract(makeBus);
  objectStoreContract(makeBus);
});
