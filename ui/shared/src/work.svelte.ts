/** One thing that is being done: whether it runs, and why it failed. A second click does nothing. */
export class Work {
  busy = $state(false);
  problem = $state.raw<unknown>(undefined);

  /** Does it. True when it was done. */
  async run(deed: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await deed();
      return true;
    } catch (error) {
      this.problem = error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Forgets what failed. */
  clear(): void {
    this.problem = undefined;
  }
}
