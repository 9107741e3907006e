const second = 1_000;

/** What resources have in common that live in the state alone: there is nothing to ask and nothing to take away. */
export const stateOnly = {
  deadlines: { create: 10 * second, read: second, update: second, delete: second },
  read: <State>(state: State): Promise<State> => Promise.resolve(state),
  delete: (): Promise<void> => Promise.resolve(),
};
