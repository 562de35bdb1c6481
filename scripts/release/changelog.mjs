import { execFileSync } from 'node:child_process';
import { ROOT } from '../prepare/root.mjs';
import { composeChangelog } from './compose-changelog.mjs';

/**
 * Usage: node scripts/release/changelog.mjs [TAG]
 * Prints what TAG (else the present state) brings since the release before it, of the commits between them.
 */
const [end = 'HEAD'] = process.argv.slice(2);
const before = git('tag', '--list', 'v*', '--sort=-version:refname', '--merged', `${end}^`).split('\n')[0];
const log = git('log', '--no-merges', '--format=%s%x1f%b%x1e', before ? `${before}..${end}` : end);
const commits = log.split('\x1e').map((commit) => {
  const [subject = '', body = ''] = commit.trim().split('\x1f');
  return { subject, body };
});
process.stdout.write(composeChangelog(commits));

function git(...args) {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).trim();
}
