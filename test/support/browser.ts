import { type Browser, chromium } from 'playwright-core';
import { findOnPath } from './find-on-path.js';

/** A headless Chromium of this machine. Throws where PATH holds none. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findOnPath('chromium', 'chromium-browser', 'google-chrome');
  if (executablePath === undefined) throw new Error('this test needs Chromium: run test/support/install/install-chromium.sh');
  // Containers give no user namespaces, and /dev/shm is small there. The pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
