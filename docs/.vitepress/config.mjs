import { readFileSync } from 'node:fs';
import { headingAnchor } from './heading-anchor.mjs';
import { leaveTheSite } from './leave-the-site.mjs';

const icon = readFileSync(new URL('../../coordinator/dashboard/src/favicon.svg', import.meta.url), 'utf8');
const iconUrl = `data:image/svg+xml,${encodeURIComponent(icon)}`;
const repository = process.env.DOCS_REPOSITORY || 'https://github.com/ollama-coordinator/ollama-coordinator';

/** Pages whose tables want the whole width. */
const WIDE = ['configuration.md', 'benchmarks.md'];

/** The site of this folder: `npm run docs:build`. A link that leads nowhere fails the build. */
export default {
  title: 'Ollama Coordinator',
  description: 'One address in front of every machine that runs Ollama',
  base: process.env.DOCS_BASE || '/',
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: iconUrl }],
    // Names of settings and flags in tables stay in one piece.
    [
      'style',
      {},
      '.vp-doc td code { white-space: nowrap } .wide .container, .wide .content, .wide .content-container { max-width: none !important }',
    ],
  ],
  cleanUrls: true,
  ignoreDeadLinks: false,
  markdown: { anchor: { slugify: headingAnchor }, config: (markdown) => markdown.use(leaveTheSite, { repository }) },
  transformPageData({ relativePath, frontmatter }) {
    if (WIDE.includes(relativePath)) Object.assign(frontmatter, { aside: false, pageClass: 'wide' });
  },
  themeConfig: {
    logo: iconUrl,
    search: { provider: 'local' },
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Repository', link: repository },
    ],
    sidebar: [
      section('Begin', {
        'quick-start': 'Quick start',
        machines: 'More machines',
        windows: 'Windows',
        agent: 'The agent',
        'several-coordinators': 'Several coordinators',
        kubernetes: 'Kubernetes',
        containers: 'Containers',
      }),
      section('Use', {
        verbs: 'Ollama’s verbs over a fleet',
        models: 'Models on machines',
        balancers: 'Balancers',
        'write-a-balancer': 'Write a balancer',
        'recipes/open-webui': 'Open WebUI',
        'recipes/continue': 'Continue',
        'recipes/langchain': 'LangChain',
        'recipes/litellm': 'LiteLLM',
      }),
      section('Operate', {
        operating: 'Backup, upgrade, Redis',
        observability: 'Seeing what happens',
        capacity: 'Capacity',
        troubleshooting: 'Troubleshooting',
        security: 'Security',
      }),
      section('Look up', {
        configuration: 'Configuration',
        api: 'API',
        design: 'Design',
        benchmarks: 'Benchmarks',
        faults: 'The fault suite',
        faq: 'Questions',
      }),
    ],
  },
};

function section(text, pages) {
  return { text, items: Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${page}` })) };
}
