import { posix } from 'node:path';

/**
 * A markdown-it plugin: a link out of this folder, as `../SECURITY.md`, leads to that file in the repository. That the file exists is
 * held by test/unit/repository/architecture.test.ts.
 */
export function leaveTheSite(markdown, { repository }) {
  markdown.core.ruler.push('leave-the-site', ({ tokens, env }) => {
    const folder = posix.join('docs', posix.dirname(env.relativePath ?? ''));
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href === null || /^([a-z]+:|#|\/)/.test(href)) continue;
      const target = posix.join(folder, href);
      if (!target.startsWith('docs/') || !/\.md(#|$)/.test(target)) token.attrSet('href', `${repository}/blob/main/${target}`);
    }
  });
}
