import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentConfig, agentConfigSchema, type Pause, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { GpuUse } from '#agent/owner/gpu-use.js';
import { clearOwnerChoice, readOwnerChoice, writeOwnerChoice } from '#agent/owner/owner-choice.js';
import { OwnerWatch } from '#agent/owner/owner-watch.js';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.js';

const AWAY = 'http://10.9.8.7:8080';
const BUSY: GpuUse = { load: 0.9, totalBytes: 24e9, usedBytes: 9e9 };

describe('OwnerWatch', () => {
  let dataDir: string;
  let clock: ManualClock;
  let told: (Pause | undefined)[];
  let machine: { onBattery: boolean | undefined; cards: GpuUse[]; askedForBattery: number };
  let watch: OwnerWatch | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'oc-owner-'));
    clock = createManualClock();
    told = [];
    machine = { onBattery: false, cards: [], askedForBattery: 0 };
  });

  afterEach(async () => {
    watch?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(settings: Partial<AgentConfig> = {}): Promise<OwnerWatch> {
    const config = agentConfigSchema.parse({ coordinatorUrl: AWAY, ...settings, dataDir });
    const signals = {
      onBattery: async () => {
        machine.askedForBattery += 1;
        return machine.onBattery;
      },
      gpuUse: async () => machine.cards,
    };
    const readOwnUse = () => ({ requests: 0, vramBytes: 0 });
    watch = new OwnerWatch({ config, signals, readOwnUse, clock, log: silentLogger, onChange: (pause) => told.push(pause) });
    await watch.start();
    return watch;
  }

  async function later(ms: number): Promise<void> {
    clock.advance(ms);
    await watch?.lookAgain();
  }

  const place = () => agentConfigSchema.parse({ dataDir });

  it('pauses at the owner’s word, and comes back when the time is over', async () => {
    await start();
    await writeOwnerChoice(place(), { choice: 'pause', untilMs: clock.now() + 60_000 });
    await later(1000);
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ by: 'owner', until: '2026-01-01T00:01:00.000Z' });
    await later(58_000);
    expect(told).to.have.length(1);
    await later(2000);
    expect(told[1]).to.equal(undefined);
  });

  it('finds at its start what was said before it', async () => {
    await writeOwnerChoice(place(), { choice: 'pause', untilMs: undefined });
    expect((await start()).pause).to.include({ by: 'owner', text: 'paused by its owner' });
    await clearOwnerChoice(place());
    await later(1000);
    expect(told.at(-1)).to.equal(undefined);
  });

  it('rests on battery, unless the owner says to serve, and until the plug is in', async () => {
    machine.onBattery = true;
    expect((await start()).pause?.by).to.equal('battery');
    await writeOwnerChoice(place(), { choice: 'serve', untilMs: undefined });
    await later(1000);
    expect(watch?.pause).to.equal(undefined);
    machine.onBattery = false;
    await later(31_000);
    expect(await readOwnerChoice(place(), clock.now()), 'over with what it was said against').to.equal(undefined);
    machine.onBattery = true;
    await later(31_000);
    expect(watch?.pause?.by).to.equal('battery');
  });

  it('asks a machine without a battery once, and one that serves its own owner never', async () => {
    machine.onBattery = undefined;
    await start();
    await later(31_000);
    expect(machine.askedForBattery).to.equal(1);
    watch?.stop();
    await start({ coordinatorUrl: 'http://127.0.0.1:8080' });
    expect(machine.askedForBattery).to.equal(1);
  });

  it('yields the graphics card after two looks, and takes it back after two', async () => {
    await start({ gpuBusy: 'pause' });
    machine.cards = [BUSY];
    await later(15_000);
    expect(watch?.pause).to.equal(undefined);
    await later(15_000);
    expect(watch?.pause?.by).to.equal('gpu');
    machine.cards = [];
    await later(15_000);
    expect(watch?.pause?.by).to.equal('gpu');
    await later(15_000);
    expect(watch?.pause).to.equal(undefined);
  });

  it('follows the hours of the week', async () => {
    const opens = new Date(clock.now() + 2 * 3_600_000);
    const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][opens.getDay()];
    const minute = String(opens.getMinutes()).padStart(2, '0');
    await start({ schedule: `${day} ${opens.getHours()}:${minute}-24:00` });
    expect(watch?.pause).to.include({ by: 'schedule', until: opens.toISOString() });
    await later(2 * 3_600_000);
    expect(told.at(-1)).to.equal(undefined);
  });
});
