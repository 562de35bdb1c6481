#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

/**
 * How V8 keeps the memory of a server that is busy, then idle, then busy (ADR-0017). Set before anything is loaded: the first collection
 * arms the timer of what is set here.
 */
const V8_FLAGS = [
  // Otherwise what a place in the code makes is made in the old generation once most of it lived long. Streams live long, and short
  // requests come by the same places: there each of them keeps what it points at until the next full collection.
  '--no-allocation-site-pretenuring',
  // Memory is given back an hour later, not eight seconds: what V8 knows about the code goes with it, and the next requests pay.
  '--gc-memory-reducer-start-delay-ms=3600000',
  // In its place, a full collection comes once the old generation has doubled, not quadrupled.
  '--heap-growing-percent=100',
  // What idling made small grows back in one step: of steps of two, the many small collections between them cost a tenth of a stream.
  '--semi-space-growth-factor=16',
];
for (const flag of V8_FLAGS) setFlagsFromString(flag);

const { runCli } = await import('./cli/run-cli.js');
process.exitCode = await runCli(process.argv.slice(2), process.env);
