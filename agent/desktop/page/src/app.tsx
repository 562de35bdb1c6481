import { t } from '../../src/words/words.js';
import { CoordinatorPanel } from './coordinator-panel.js';
import { LanguageContext } from './language.js';
import { PageFooter } from './page-footer.js';
import { ProblemsPanel } from './problems-panel.js';
import { SettingsForm } from './settings-form.js';
import { SharesPanel } from './shares-panel.js';
import { StatePanel } from './state-panel.js';
import { useView } from './use-view.js';

export function App() {
  const view = useView();
  if (view === undefined) return null;
  return (
    <LanguageContext value={view.language}>
      <main>
        <h1>{t(view.language, 'Ollama Coordinator')}</h1>
        <StatePanel view={view} />
        <CoordinatorPanel view={view} />
        <SharesPanel view={view} />
        <SettingsForm view={view} />
        <ProblemsPanel view={view} />
        <PageFooter view={view} />
      </main>
    </LanguageContext>
  );
}
