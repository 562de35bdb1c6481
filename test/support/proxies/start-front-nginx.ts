import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../find-free-port.js';
import { REPOSITORY } from '../repository.js';
import { startProgram } from '../start-program.js';

/** nginx in front of three replicas. */
export interface FrontNginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** nginx with docs/deploy/nginx.conf as it is, its ports put in place of those that the file names. */
export async function startFrontNginx(replicaPorts: readonly [number, number, number]): Promise<FrontNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-nginx-'));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const shipped = await readFile(join(REPOSITORY, 'docs', 'deploy', 'nginx.conf'), 'utf8');
  const site = [8080, 8081, 8082, 8088].reduce(
    (text, written, index) => text.replace(`127.0.0.1:${written}`, `127.0.0.1:${[...replicaPorts, port][index]}`),
    shipped,
  );
  await mkdir(join(folder, 'temporary'));
  await writeFile(join(folder, 'site.conf'), site);
  await writeFile(join(folder, 'nginx.conf'), mainFile(folder));
  const program = await startProgram({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    outputFile: join(folder, 'nginx.log'),
    isReady: async () => (await fetch(`${url}/healthz`)).ok,
  });
  return {
    url,
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What nginx needs to run from a folder, without root. */
function mainFile(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/temporary/${kind};`);
  return `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 16384; }
http {
${temporary.join('\n')}
  access_log off;
  include ${folder}/site.conf;
}
`;
}
