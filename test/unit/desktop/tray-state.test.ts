import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { stateLine } from '#desktop/view/state-line.js';
import { type AgentFacts, trayState } from '#desktop/view/tray-state.js';
import { REPORT } from './desktop-views.js';

const away = new AppError('COORDINATOR_UNREACHABLE', { details: { url: 'http://coordinator:8080', cause: 'ECONNREFUSED' } });
const refused = new AppError('BAD_JOIN_TOKEN');
const facts = (report: object, rest: Partial<AgentFacts> = {}): AgentFacts => ({
  report: { ...REPORT, ...report },
  setup: undefined,
  startProblem: undefined,
  ...rest,
});
const down = { ollama: { up: false, version: '', models: 0, reason: 'no' } };
const progress = { what: 'Ollama', doneBytes: 34, totalBytes: 100, percent: 34.6, bytesPerS: 1, etaS: 1 };

const TABLE: readonly (readonly [string, AgentFacts, string, string])[] = [
  ['an agent at rest', facts({}), 'idle', 'Ready'],
  ['a request', facts({ inFlight: 1 }), 'serving', 'Serving one request'],
  ['several', facts({ inFlight: 3 }), 'serving', 'Serving 3 requests'],
  ['its owner', facts({ inFlight: 1, pause: { by: 'owner', text: 'paused by its owner' } }), 'paused', 'Paused by its owner'],
  ['the first try', facts({ phase: 'joining' }), 'offline', 'Looking for the coordinator'],
  ['a coordinator that is away', facts({ phase: 'joining', problem: away }), 'offline', 'The coordinator does not answer'],
  ['one that refuses', facts({ phase: 'joining', problem: refused }), 'error', 'Something needs you'],
  ['approval', facts({ waiting: true }), 'offline', 'Waits for an administrator to approve it'],
  ['another start', facts({ phase: 'superseded' }), 'error', 'Another start of this agent took over'],
  [
    'a port that is taken',
    facts({ phase: 'stopped' }, { startProblem: { code: 'PORT_IN_USE', message: 'taken' } }),
    'error',
    'Something needs you',
  ],
  ['no Ollama', facts(down), 'error', 'Ollama does not answer'],
  ['one that is brought', facts(down, { setup: { phase: 'downloading', progress, problem: undefined } }), 'offline', 'Bringing Ollama'],
  [
    'one that is started',
    facts(down, { setup: { phase: 'starting', progress: undefined, problem: undefined } }),
    'offline',
    'Bringing Ollama',
  ],
  ['a first model', facts({}, { setup: { phase: 'pulling', progress, problem: undefined } }), 'idle', 'Bringing a first model'],
  [
    'one that cannot be',
    facts(down, { setup: { phase: 'failed', progress: undefined, problem: away } }),
    'error',
    'Ollama does not answer',
  ],
];

describe('trayState and stateLine', () => {
  for (const [what, given, state, line] of TABLE)
    it(`${what}: ${state}`, () => {
      expect(trayState(given)).to.equal(state);
      expect(stateLine(trayState(given), given, 'en')).to.equal(line);
      expect(stateLine(trayState(given), given, 'ja')).to.match(/[\u3040-\u30ff\u4e00-\u9fff]/);
    });
});
