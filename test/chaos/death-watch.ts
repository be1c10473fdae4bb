import type { Member } from '../cluster/member.ts';

/** Notes processes that end without having been told to, and what else goes wrong with them. */
export class DeathWatch {
  readonly problems: string[] = [];
  readonly #note: (text: string) => void;
  readonly #expected = new Set<number>();
  #isOver = false;
  /** Is told who died. */
  onDeath: (member: Member) => void = () => {};

  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  /** This process's end is meant. */
  expect({ pid }: Member): void {
    this.#expected.add(pid);
  }

  add(problem: string): void {
    this.problems.push(problem);
    this.#note(problem);
  }

  look(members: readonly Member[]): void {
    for (const member of members) {
      if (this.#isOver || member.state !== 'exited' || this.#expected.has(member.pid)) continue;
      this.#expected.add(member.pid);
      void member.exited.then((code) => {
        this.add(`${member.name} ended by itself, ${code === null ? 'by a signal' : `with code ${code}`}`);
        this.onDeath(member);
      });
    }
  }

  /** From now on every end is meant. */
  end(): void {
    this.#isOver = true;
  }
}
