import type { SettingName, TypedSettings } from '../../src/agent/typed-settings.js';
import type { Words } from '../../src/words/words.js';
import { useWords } from './language.js';

interface FieldProps {
  readonly name: SettingName;
  readonly label: Words;
  readonly hint?: Words;
  readonly typed: TypedSettings;
  readonly onTyped: (name: SettingName, value: string) => void;
  /** What is wrong with it. */
  readonly problem: string | undefined;
  /** What gives it instead of the page. */
  readonly fixedBy: string | undefined;
}

export type FieldsProps = Pick<FieldProps, 'typed' | 'onTyped'> & {
  readonly problems: Partial<Readonly<Record<SettingName, string>>>;
  readonly fixed: Partial<Readonly<Record<SettingName, string>>>;
};

export function TextField({ placeholder, ...field }: FieldProps & { placeholder?: string }) {
  return (
    <Field {...field}>
      {(common) => (
        <input
          {...common}
          value={field.typed[field.name]}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => field.onTyped(field.name, event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function ChoiceField({ choices, ...field }: FieldProps & { choices: readonly (readonly [string, Words])[] }) {
  const t = useWords();
  return (
    <Field {...field}>
      {(common) => (
        <select {...common} value={field.typed[field.name]} onChange={(event) => field.onTyped(field.name, event.currentTarget.value)}>
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {t(words)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CommonAttributes {
  readonly id: string;
  readonly disabled: boolean;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

/** Label, field, and below it what is wrong, what fixes it, or a hint. */
function Field({
  name,
  label,
  hint,
  problem,
  fixedBy,
  children,
}: FieldProps & { children: (common: CommonAttributes) => preact.ComponentChild }) {
  const t = useWords();
  const below = fixedBy === undefined ? (hint === undefined ? undefined : t(hint)) : t('Set by {name}', { name: fixedBy });
  return (
    <div class="field">
      <label class="field-label" for={name}>
        {t(label)}
      </label>
      {children({ id: name, disabled: fixedBy !== undefined, 'aria-invalid': problem !== undefined, 'aria-describedby': `${name}-below` })}
      <span
        id={`${name}-below`}
        class={problem === undefined ? 'muted' : 'field-problem'}
        role={problem === undefined ? undefined : 'alert'}
      >
        {problem ?? below}
      </span>
    </div>
  );
}
