import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { agentVersion, bundleAgent } from './package/bundle-agent.mjs';
import { makeMsi } from './package/make-msi.mjs';
import { makeSingleFile } from './package/make-single-file.mjs';
import { HERE, PLATFORMS } from './package/platforms.mjs';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';
import { PrepareError } from './prepare/run-quietly.mjs';

const USAGE = `npm run package:agent                             the agent as a single file for this machine, in dist/agent
npm run package:agent -- --platform P --out DIR   P is ${Object.keys(PLATFORMS).join(', ')}
                         --msi                    and its installer (win32-x64; needs wixl and msitools)
                         --bundle                 only the script, which Node itself runs`;

const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: HERE },
    out: { type: 'string', default: join(ROOT, 'dist', 'agent') },
    msi: { type: 'boolean' },
    bundle: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

if (values.help) console.log(USAGE);
else {
  await prepare();
  try {
    for await (const file of packages()) console.log(`${file} (${Math.round(statSync(file).size / 1e6)} MB)`);
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function* packages() {
  const { platform, msi, bundle } = values;
  const folder = resolve(values.out);
  if (bundle) {
    const file = join(folder, 'ollama-agent.cjs');
    await bundleAgent(file);
    yield file;
    return;
  }
  yield await makeSingleFile({ platform, folder });
  if (msi) yield await makeMsi({ folder, version: agentVersion() });
}
