import type { ConnectionStatus } from '../fleet-connection.js';
import { linkTo, PAGE_NAMES, type PageName } from '../page-view.js';
import type { Whoami } from '../session.js';
import { useMay } from '../shared/may.js';
import { currentLanguage, setLanguage, t, type Words } from '../words/words.js';

const WORDS: Readonly<Record<ConnectionStatus, Words>> = {
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
  'key-needed': 'key needed',
  refused: 'refused',
};

const NAMES: Readonly<Record<PageName, Words>> = {
  fleet: 'Fleet',
  models: 'Models',
  requests: 'Requests',
  queue: 'Queue',
  trends: 'Trends',
  playground: 'Playground',
  log: 'Log',
  keys: 'Keys',
};

interface PageHeaderProps {
  readonly status: ConnectionStatus;
  readonly view: PageName;
  readonly whoami: Whoami | undefined;
  readonly onSignOut: () => void;
}

export function PageHeader({ status, view, whoami, onSignOut }: PageHeaderProps) {
  return (
    <header class="page-header">
      <h1>
        <Mark />
        Ollama Coordinator
      </h1>
      {whoami !== undefined && <Views view={view} />}
      <div class="page-header-end">
        <LanguageButton />
        {whoami?.keys_on === true && (
          <button type="button" class="small" onClick={onSignOut} title={t('Signed in with the key "{name}"', { name: whoami.name })}>
            {t('Sign out')}
          </button>
        )}
        <p role="status" class={`connection connection-${status}`}>
          <span class="connection-dot" aria-hidden="true" />
          {t(WORDS[status])}
        </p>
      </div>
    </header>
  );
}

function Views({ view }: { view: PageName }) {
  const may = useMay();
  const offered = PAGE_NAMES.filter((name) => (name === 'keys' ? may.admin : name === 'playground' ? may.infer : true));
  return (
    <nav aria-label={t('Pages')}>
      {offered.map((name) => (
        <a key={name} href={linkTo(name)} aria-current={view === name ? 'page' : undefined}>
          {t(NAMES[name])}
        </a>
      ))}
    </nav>
  );
}

function LanguageButton() {
  const other = currentLanguage() === 'en' ? 'ja' : 'en';
  return (
    <button type="button" class="small" lang={other} onClick={() => setLanguage(other)}>
      {other === 'ja' ? '日本語' : 'English'}
    </button>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M16 16 8 9M16 16l8-7M16 16v9" />
      <circle cx="16" cy="16" r="4.5" />
      <circle cx="8" cy="9" r="3" />
      <circle cx="24" cy="9" r="3" />
      <circle cx="16" cy="25" r="3" />
    </svg>
  );
}
