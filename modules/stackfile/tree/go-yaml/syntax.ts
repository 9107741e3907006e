/** What a text of YAML is made of, before its scalars mean anything. Offsets in the text, end exclusive. */
export type Syntax = AliasSyntax | ScalarSyntax | ListSyntax | MapSyntax;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** What stands before a value. */
export interface Properties {
  readonly anchor?: string;
  /** Resolved: `tag:yaml.org,2002:str` of `!!str`. */
  readonly tag?: string;
}

export interface AliasSyntax extends Span {
  readonly kind: "alias";
  readonly anchor: string;
}

export interface ScalarSyntax extends Span, Properties {
  readonly kind: "scalar";
  readonly text: string;
  readonly isPlain: boolean;
}

export interface ListSyntax extends Span, Properties {
  readonly kind: "list";
  readonly items: readonly Syntax[];
  readonly isFlow: boolean;
}

export interface MapSyntax extends Span, Properties {
  readonly kind: "map";
  readonly pairs: readonly Pair[];
  readonly isFlow: boolean;
}

export interface Pair {
  readonly key: Syntax;
  readonly value: Syntax;
}

/** Nothing where a value could be. */
export function isAbsent(syntax: Syntax): boolean {
  if (syntax.kind !== "scalar" || syntax.start !== syntax.end) return false;
  return syntax.anchor === undefined && syntax.tag === undefined;
}
