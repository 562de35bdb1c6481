const SECTIONS = { breaking: 'What you must change', feat: 'New', fix: 'Mended', perf: 'Faster' };
const SUBJECT = /^(?<type>[a-z]+)(?:\((?<scope>[^)]+)\))?(?<breaking>!)?: (?<what>.+)$/;

/**
 * What a release brings, as Markdown, of its commits `{ subject, body }`, newest first. Only what users notice: tests, documents and the
 * like are left out.
 */
export function composeChangelog(commits) {
  const entries = commits.flatMap(readCommit);
  const parts = Object.entries(SECTIONS).flatMap(([section, title]) => {
    const lines = entries
      .filter((entry) => entry.section === section)
      .map(({ scope, what }) => `- ${scope ? `**${scope}**: ` : ''}${what}`);
    return lines.length === 0 ? [] : [`## ${title}\n${lines.join('\n')}\n`];
  });
  return parts.length === 0 ? 'Nothing that users notice.\n' : parts.join('\n');
}

function readCommit({ subject, body }) {
  const groups = SUBJECT.exec(subject)?.groups;
  if (groups === undefined) return [];
  const { type, scope, breaking, what } = groups;
  const told = /^BREAKING[ -]CHANGE: (.+)$/m.exec(body)?.[1];
  if (breaking !== undefined || told !== undefined) return [{ section: 'breaking', scope, what: told ?? what }];
  return type in SECTIONS ? [{ section: type, scope, what }] : [];
}
