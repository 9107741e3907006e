/**
 * Does works side by side. The first that fails ends the others by their signal, and all have ended before its error is thrown:
 * what they share can be taken away then.
 */
export async function allOrNone<T>(
  signal: AbortSignal,
  works: readonly ((together: AbortSignal) => Promise<T>)[],
): Promise<readonly T[]> {
  const failed = new AbortController();
  const together = AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | undefined;
  const results = await Promise.allSettled(
    works.map(async (work) => {
      try {
        return await work(together);
      } catch (error) {
        first ??= { error };
        failed.abort(error);
        throw error;
      }
    }),
  );
  if (first !== undefined) throw first.error;
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
