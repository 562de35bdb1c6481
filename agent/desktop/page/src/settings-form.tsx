import { useEffect, useState } from 'preact/hooks';
import type { SettingName, TypedSettings } from '../../src/agent/typed-settings.js';
import type { DesktopView } from '../../src/view/desktop-view.js';
import { desktop } from './desktop.js';
import { ChoiceField, type FieldsProps, TextField } from './fields.js';
import { FindButton } from './find-button.js';
import { useWords } from './language.js';
import { LoginSwitch } from './login-switch.js';
import { TestButton } from './test-button.js';
import { useAct } from './use-act.js';

/** The settings that people change; the rest is in the file beside them. */
export function SettingsForm({ view }: { view: DesktopView }) {
  const t = useWords();
  const act = useAct();
  const [changed, setChanged] = useState<Partial<TypedSettings>>({});
  const [problems, setProblems] = useState<FieldsProps['problems']>({});
  const [isSaved, setSaved] = useState(false);
  const typed = { ...view.settings, ...changed };
  const isChanged = Object.keys(changed).length > 0;
  // What joining wrote meanwhile is not to be written over by what was there before.
  useEffect(() => setChanged({}), [view.settings.coordinatorUrl]);
  const onTyped = (name: SettingName, value: string) => {
    setChanged({ ...changed, [name]: value });
    setSaved(false);
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const answer = await act.run(desktop.saveSettings(typed));
    if (answer === undefined) return;
    setProblems(answer.value ?? {});
    if (answer.value !== undefined) return;
    setChanged({});
    setSaved(true);
  };
  const fields = { typed, onTyped, problems, fixed: view.fixed };
  return (
    <section class="panel stack" aria-labelledby="settings">
      <h2 id="settings">{t('Settings')}</h2>
      <LoginSwitch isOn={view.startAtLogin} />
      <form onSubmit={(event) => void save(event)} noValidate>
        <ConnectionFields {...fields} />
        <OwnerFields {...fields} />
        <div class="row">
          <button type="submit" class="primary" disabled={act.isBusy || !isChanged}>
            {t('Save')}
          </button>
          {isSaved && (
            <span class="muted" role="status">
              {t('Saved; the agent has started again with it.')}
            </span>
          )}
        </div>
        {act.problem !== undefined && (
          <p class="notice-bad" role="alert">
            {act.problem}
          </p>
        )}
      </form>
    </section>
  );
}

function ConnectionFields({ typed, onTyped, problems, fixed }: FieldsProps) {
  const of = (name: SettingName) => ({ name, typed, onTyped, problem: problems[name], fixedBy: fixed[name] });
  return (
    <>
      <TextField
        {...of('coordinatorUrl')}
        label="Address of the coordinator"
        hint="Without a link to join with: as http://192.168.1.10:8080"
      />
      {fixed.coordinatorUrl === undefined && <FindButton onChosen={(url) => onTyped('coordinatorUrl', url)} />}
      <TestButton address={typed.coordinatorUrl} />
      <div class="pair">
        <TextField {...of('name')} label="Name of this machine" hint="Empty: the name that it has" />
        <ChoiceField
          {...of('transport')}
          label="Way to this machine"
          choices={[
            ['auto', 'Whichever works'],
            ['direct', 'Directly'],
            ['tunnel', 'By a tunnel'],
          ]}
        />
        <TextField {...of('slots')} label="Requests at once per model" hint="auto: as Ollama is set" placeholder="auto" />
        <ChoiceField
          {...of('ollamaSetup')}
          label="Where no Ollama answers"
          choices={[
            ['install', 'Install and start it'],
            ['start', 'Start the installed one'],
            ['off', 'Wait for it'],
          ]}
        />
      </div>
    </>
  );
}

function OwnerFields({ typed, onTyped, problems, fixed }: FieldsProps) {
  const of = (name: SettingName) => ({ name, typed, onTyped, problem: problems[name], fixedBy: fixed[name] });
  return (
    <>
      <TextField
        {...of('schedule')}
        label="Hours at which it serves others"
        hint="As mon-fri 18:00-08:00; sat,sun. Empty: always"
        placeholder="mon-fri 18:00-08:00; sat,sun"
      />
      <div class="pair">
        <ChoiceField
          {...of('onBattery')}
          label="On battery"
          choices={[
            ['auto', 'Rest, if the coordinator is elsewhere'],
            ['pause', 'Rest'],
            ['serve', 'Serve'],
          ]}
        />
        <ChoiceField
          {...of('gpuBusy')}
          label="While another program uses the graphics card"
          choices={[
            ['pause', 'Rest'],
            ['serve', 'Serve'],
          ]}
        />
      </div>
    </>
  );
}
