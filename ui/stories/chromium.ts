/** The Chromium of this machine, as stories start it. */
export const chromium = {
  executablePath: process.env['WEIR_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-component-update'],
  // Chromium's own sandbox refuses to run as root.
  chromiumSandbox: process.getuid?.() !== 0,
};
