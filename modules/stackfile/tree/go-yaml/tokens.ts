import type { Directive, Tag } from "./properties.ts";

export type Token = Sign | Scalar | Named | TagToken | DirectiveToken;

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Sign extends Span {
  readonly kind:
    | "document-start"
    | "document-end"
    | "block-list"
    | "block-map"
    | "block-end"
    | "flow-list"
    | "flow-list-end"
    | "flow-map"
    | "flow-map-end"
    | "entry"
    | "comma"
    | "key"
    | "value"
    | "end";
}

interface Scalar extends Span {
  readonly kind: "scalar";
  readonly text: string;
  readonly isPlain: boolean;
}

interface Named extends Span {
  readonly kind: "anchor" | "alias";
  readonly name: string;
}

interface TagToken extends Span {
  readonly kind: "tag";
  readonly tag: Tag;
}

interface DirectiveToken extends Span {
  readonly kind: "directive";
  readonly directive: Directive;
}
