#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { runCli } from './cli/run-cli.js';

/**
 * Where most of what a place in the code made lived long, V8 makes it in the old generation from then on. Streams live long, and short
 * requests come by the same places: there each of them keeps what it points at until the next full collection (ADR-0017).
 */
setFlagsFromString('--no-allocation-site-pretenuring');

process.exitCode = await runCli(process.argv.slice(2), process.env);
