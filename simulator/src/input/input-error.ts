export interface InputPlace {
  /** File name, as the person gave it. */
  readonly file: string;
  /** 1 for the first. */
  readonly line: number;
  /** Column of a trace, or path within a fleet, as `machines[2].slots`; undefined where the line as a whole is wrong. */
  readonly field?: string | undefined;
}

/** A trace or fleet file that cannot be used. The message names file, line and field, and says what is expected there. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly place: InputPlace;

  constructor(place: InputPlace, reason: string) {
    super(`${place.file}, line ${place.line}${place.field === undefined ? '' : `, field ${place.field}`}: ${reason}`);
    this.place = place;
  }
}
