/** It takes no time; a process that has other work may come to it late. */
const soonMs = 60_000;

/** What resources have in common that live in the state alone: there is nothing to ask and nothing to take away. */
export const stateOnly = {
  deadlines: { create: soonMs, read: soonMs, update: soonMs, delete: soonMs },
  read: <State>(state: State): Promise<State> => Promise.resolve(state),
  delete: (): Promise<void> => Promise.resolve(),
};
