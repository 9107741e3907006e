/**
 * Values of a file, those that aliases stand for among them, so that a small file cannot stand for a huge tree. An app of 2,500
 * services has half as many; with more, a load would take seconds.
 */
export const mostValues = 250_000;

/** Values in values. Stages go down a tree by calls, which have to fit on the stack. */
export const deepest = 500;
