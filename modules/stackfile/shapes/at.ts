import type { Budget } from "../budget.ts";
import type { Diagnostics } from "../tree/diagnostics.ts";
import type { Path, Place } from "../tree/node.ts";

/** Where the findings of a load go. */
export interface Reports {
  readonly diagnostics: Diagnostics;
  /** Notes a position whose value is not known before apply and which is therefore left out. */
  readonly leaveOut: (place: Place, path: Path) => void;
  /** Variables are not put in: what cannot be taken apart before they are stays as it is written. */
  readonly skipsInterpolation?: boolean;
  /** `x-` keys stay in the model wherever they are. */
  readonly keepsExtensions?: boolean;
  /** How many ports the ranges of the load may still stand for: a line of text stands for thousands. */
  readonly portBudget?: Budget;
  /** How many characters variables may still put into the files of the load. */
  readonly textBudget?: Budget;
}

/**
 * A position of a stack file that a stage works on. There is one for every value and every stage, and a path is written out
 * only where something is said of it.
 */
export class At {
  readonly reports: Reports;
  readonly #above: At | undefined;
  readonly #key: string | number;
  /** Its path, once something below it asked. */
  #beginning: Path | undefined;

  private constructor(reports: Reports, above: At | undefined, key: string | number) {
    this.reports = reports;
    this.#above = above;
    this.#key = key;
  }

  static root(reports: Reports): At {
    return new At(reports, undefined, "");
  }

  below(key: string | number): At {
    return new At(this.reports, this, key);
  }

  get path(): Path {
    return this.#above === undefined ? [] : [...this.#above.#begin(), this.#key];
  }

  /** Kept for the next of many that are wrong below one position; on the way to it nothing is, or a deep one would cost its depth squared. */
  #begin(): Path {
    if (this.#beginning !== undefined) return this.#beginning;
    const parts: (string | number)[] = [];
    this.#writeInto(parts);
    this.#beginning = parts;
    return parts;
  }

  #writeInto(parts: (string | number)[]): void {
    if (this.#above === undefined) return;
    this.#above.#writeInto(parts);
    parts.push(this.#key);
  }

  get diagnostics(): Diagnostics {
    return this.reports.diagnostics;
  }

  /** Whether a text that is no form of its place stays as it is: variables, which may make one of it, are not put in. */
  get leavesTexts(): boolean {
    return this.reports.skipsInterpolation === true;
  }

  leaveOut(place: Place): void {
    this.reports.leaveOut(place, this.path);
  }
}
