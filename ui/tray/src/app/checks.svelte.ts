import { Work } from '@weir/shared/work.svelte.ts';
import { bridge } from '../api/bridge.ts';
import type { DoctorCheck } from '../api/wire.ts';

/** What `weir doctor` found, and what is being done about it. */
export class Checks {
  list = $state.raw<DoctorCheck[]>();
  work = new Work();
  /** The check that is being worked on. */
  at = $state('');

  /** Looks at everything. */
  look(): Promise<boolean> {
    return this.deed('', async () => bridge.ask('doctor', {}));
  }

  /** Sets one right. */
  fix(check: string): Promise<boolean> {
    return this.deed(check, () => bridge.ask('doctor_fix', { check }));
  }

  /** Takes back what setting it right has changed. */
  undo(check: string): Promise<boolean> {
    return this.deed(check, () => bridge.ask('doctor_undo', { check }));
  }

  private async deed(check: string, ask: () => Promise<{ checks: DoctorCheck[] }>): Promise<boolean> {
    if (!this.work.busy) this.at = check;
    const done = await this.work.run(async () => {
      this.list = (await ask()).checks;
    });
    this.at = '';
    return done;
  }
}
