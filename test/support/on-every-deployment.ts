import { describe } from 'vitest';
import { missingServers } from '../cluster/programs.ts';
import { type StartDeployment, startClusterDeployment, startEmbeddedDeployment } from './deployment.ts';

/** Everything that the product can be made of; `missing` says why one can't run here. */
const DEPLOYMENTS: readonly {
  readonly name: string;
  readonly start: StartDeployment;
  readonly missing: string | null;
}[] = [
  { name: 'the embedded server', start: startEmbeddedDeployment, missing: null },
  { name: 'a cluster', start: startClusterDeployment, missing: missingServers() },
];

/** Defines the same tests for each deployment; those of one that can't run here skip, with the reason in their name. */
export function onEveryDeployment(tests: (start: StartDeployment) => void): void {
  for (const { name, start, missing } of DEPLOYMENTS) {
    const title = missing === null ? `on ${name}` : `on ${name} (${missing})`;
    describe.skipIf(missing !== null)(title, () => tests(start));
  }
}
