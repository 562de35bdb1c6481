import { useEffect, useState } from 'preact/hooks';

interface SettledInputProps {
  readonly id: string;
  readonly type?: 'text' | 'search' | 'datetime-local';
  readonly value: string;
  /** Id of a datalist. */
  readonly list?: string;
  /** Called when the person is done with it, not at each letter. */
  readonly onSettled: (value: string) => void;
}

/** An input whose value is somebody else's, and which keeps what is being typed while the page around it is drawn again. */
export function SettledInput({ id, type = 'text', value, list, onSettled }: SettledInputProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <input
      id={id}
      type={type}
      value={text}
      autocomplete="off"
      {...(list === undefined ? {} : { list })}
      onInput={(event) => setText(event.currentTarget.value)}
      onChange={(event) => onSettled(event.currentTarget.value)}
    />
  );
}
