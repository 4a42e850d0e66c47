/** Now, in milliseconds since 1970, moved on twice a minute: what says how long ago something was reads it. */
class Clock {
  now = $state(Date.now());

  /** Keeps it going; gives the end of it. */
  start(): () => void {
    const timer = setInterval(() => {
      this.now = Date.now();
    }, 30_000);
    return () => clearInterval(timer);
  }
}

export const clock = new Clock();
