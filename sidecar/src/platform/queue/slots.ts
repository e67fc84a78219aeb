/** A counting semaphore whose waiting can be given up. */
export interface Slots {
  /** @returns the function that gives the slot back, or null when there is none free */
  tryTake(): (() => void) | null;
  /** Waits for a slot, first come first served. @returns null when the signal aborts first */
  take(signal: AbortSignal): Promise<(() => void) | null>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();

  const give = () => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      free += 1;
      const [next] = waiting;
      next?.();
    };
  };
  const tryTake = () => {
    if (free === 0) return null;
    free -= 1;
    return give();
  };
  return {
    tryTake,
    take: (signal) =>
      new Promise((done) => {
        const attempt = () => {
          const taken = signal.aborted ? null : tryTake();
          if (!taken && !signal.aborted) return;
          waiting.delete(attempt);
          signal.removeEventListener('abort', attempt);
          done(taken);
        };
        waiting.add(attempt);
        signal.addEventListener('abort', attempt);
        attempt();
      }),
  };
}
