import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

interface Task {
  readonly id: string;
  readonly state: string;
  readonly paths: readonly string[];
}

/** Rows like `| T001 | what | `path` | done |`. */
function readTasks(): readonly Task[] {
  const rows = readFileSync('specs/SPEC-32e2b31a/tasks.md', 'utf8').matchAll(/^\| (T\d{3}) \|[^|]*\|([^|]*)\| ([^|]+) \|$/gm);
  return [...rows].map(([, id = '', paths = '', state = '']) => ({
    id,
    state,
    paths: [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
  }));
}

describe('specs/SPEC-32e2b31a/tasks.md', () => {
  const tasks = readTasks();

  it('lists T001 to T124, each once and in order', () => {
    expect(tasks.map(({ id }) => id)).to.deep.equal(Array.from({ length: 124 }, (_, index) => `T${String(index + 1).padStart(3, '0')}`));
  });

  it('calls each task done, or open with what owes it', () => {
    expect(tasks.filter(({ state }) => !/^done$|^open: \S/.test(state))).to.deep.equal([]);
  });

  it('names for each done task at least one file, and only files that exist', () => {
    const done = tasks.filter(({ state }) => state === 'done');
    expect(done.filter(({ paths }) => paths.length === 0).map(({ id }) => id)).to.deep.equal([]);
    const missing = done.flatMap(({ id, paths }) => paths.filter((path) => !existsSync(path)).map((path) => `${id} ${path}`));
    expect(missing).to.deep.equal([]);
  });

  it('counts what is done and open', () => {
    const text = readFileSync('specs/SPEC-32e2b31a/tasks.md', 'utf8');
    const done = tasks.filter(({ state }) => state === 'done').length;
    expect(text).to.include(`${done} of 124 tasks are done, ${124 - done} are open.`);
  });
});
