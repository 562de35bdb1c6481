import { headingAnchor } from './heading-anchor.mjs';
import { leaveTheSite } from './leave-the-site.mjs';

const repository = process.env.DOCS_REPOSITORY || 'https://github.com/ollama-coordinator/ollama-coordinator';

/** The site of this folder: `npm run docs:build`. A link that leads nowhere fails the build. */
export default {
  title: 'Ollama Coordinator',
  description: 'One address in front of every machine that runs Ollama',
  base: process.env.DOCS_BASE || '/',
  cleanUrls: true,
  ignoreDeadLinks: false,
  markdown: { anchor: { slugify: headingAnchor }, config: (markdown) => markdown.use(leaveTheSite, { repository }) },
  themeConfig: {
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
