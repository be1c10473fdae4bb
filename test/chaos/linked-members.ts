import type { Cluster } from '../cluster/cluster.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { Guard } from '../cluster/guard.ts';
import { serviceLaunch } from '../cluster/launches.ts';
import { ChildMember, type Member } from '../cluster/member.ts';
import { TcpProxy } from './tcp-proxy.ts';

export interface LinkedOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly onLine: (name: string, line: string) => void;
  readonly onChange: (members: readonly Member[]) => void;
  readonly signal: AbortSignal;
}

/** One more ingress and one more transcriber, whose network to NATS and Redis can be paused. */
export class LinkedMembers implements AsyncDisposable {
  readonly ingress: LinkedMember;
  readonly transcriber: LinkedMember;

  private constructor(ingress: LinkedMember, transcriber: LinkedMember) {
    this.ingress = ingress;
    this.transcriber = transcriber;
  }

  /** Resolves when both are ready. */
  static async start(cluster: Cluster, options: LinkedOptions): Promise<LinkedMembers> {
    const transcriber = await LinkedMember.start('transcriber', cluster, options);
    try {
      return new LinkedMembers(await LinkedMember.start('ingress', cluster, options), transcriber);
    } catch (error) {
      await transcriber[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingress[Symbol.asyncDispose]();
    await this.transcriber[Symbol.asyncDispose]();
  }
}

export class LinkedMember implements AsyncDisposable {
  readonly member: Member;
  readonly #stop: () => Promise<void>;
  readonly #links: readonly TcpProxy[];
  readonly #guard: Guard;

  private constructor(member: ChildMember, links: readonly TcpProxy[], guard: Guard) {
    this.member = member;
    this.#stop = () => member.stop();
    this.#links = links;
    this.#guard = guard;
  }

  static async start(
    role: 'ingress' | 'transcriber',
    cluster: Cluster,
    { settings, onLine, onChange, signal }: LinkedOptions,
  ): Promise<LinkedMember> {
    const [nats, redis] = ['nats', 'redis'].map((name) => {
      const server = cluster.members.find((member) => member.name === name);
      return Number(new URL(server!.addresses[name]!).port);
    });
    const links = [await TcpProxy.start(nats!), await TcpProxy.start(redis!)] as const;
    const launch = serviceLaunch(role, `${role}-linked`, await freePorts(3), {
      ...settings,
      NATS_URL: `nats://127.0.0.1:${links[0].port}`,
      REDIS_URL: `redis://127.0.0.1:${links[1].port}`,
    });
    const guard = new Guard();
    const member: ChildMember = await ChildMember.spawn(launch, { onLine, onChange: () => onChange([member]) });
    guard.watch(member.pid);
    const linked = new LinkedMember(member, links, guard);
    try {
      await member.untilReady(signal);
    } catch (error) {
      await linked[Symbol.asyncDispose]();
      throw error;
    }
    return linked;
  }

  /** Nothing comes through to or from NATS and Redis, and no connection breaks. */
  freeze(): void {
    for (const link of this.#links) link.freeze();
  }

  thaw(): void {
    for (const link of this.#links) link.thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await this.#stop();
    await this.#guard.close();
    for (const link of this.#links) await link[Symbol.asyncDispose]();
  }
}
