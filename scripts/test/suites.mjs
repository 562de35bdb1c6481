/**
 * Every suite of `npm test`, in the order they run: the folder under test/ that holds it, what it needs on the machine
 * (see parts.mjs), which of its files need a part more, and the time after which it is taken for hanging.
 */
export const SUITES = [
  { name: 'unit', needs: [], limitMinutes: 5 },
  { name: 'simulation', needs: [], limitMinutes: 5 },
  { name: 'contract', needs: ['redis'], limitMinutes: 5 },
  {
    name: 'integration',
    needs: ['redis'],
    extras: [{ part: 'systemd', files: 'test/dist/integration/agent/service-verify.test.js' }],
    limitMinutes: 25,
  },
  {
    name: 'e2e',
    needs: ['redis'],
    extras: [
      { part: 'chromium', files: 'test/dist/e2e/*dashboard*.test.js' },
      { part: 'chromium', files: 'test/dist/e2e/desktop-*.test.js' },
      { part: 'ollama', files: 'test/dist/e2e/ollama-download.test.js' },
      { part: 'nginx', files: 'test/dist/e2e/tunnel-behind-proxies.test.js' },
    ],
    limitMinutes: 20,
  },
  {
    name: 'faults',
    needs: ['redis'],
    extras: [
      { part: 'nginx', files: 'test/dist/faults/rolling-restart.test.js' },
      { part: 'faketime', files: 'test/dist/faults/clocks.test.js' },
      { part: 'sentinel', files: 'test/dist/faults/sentinel.test.js' },
    ],
    limitMinutes: 25,
  },
  {
    name: 'attacks',
    needs: ['redis'],
    extras: [
      { part: 'helm', files: 'test/dist/attacks/chart.test.js' },
      { part: 'chromium', files: 'test/dist/attacks/electron.test.js' },
    ],
    limitMinutes: 15,
  },
  { name: 'chart', needs: ['helm'], limitMinutes: 5 },
  { name: 'release', needs: ['redis', 'actionlint'], limitMinutes: 5 },
  { name: 'docs', needs: ['redis', 'iproute', 'nginx', 'haproxy', 'helm'], limitMinutes: 15 },
  { name: 'container', needs: ['redis', 'containers'], limitMinutes: 15 },
  {
    name: 'windows',
    needs: ['redis', 'wine'],
    extras: [{ part: 'screen', files: 'test/dist/windows/screenshots.test.js' }],
    limitMinutes: 15,
  },
  { name: 'real', needs: ['redis', 'ollama', 'python'], limitMinutes: 20 },
];

/** Other Node versions that CI runs the unit tests on. */
export const OTHER_NODES = [22, 24];
