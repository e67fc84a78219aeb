/**
 * Says to every process of the installation that something it may hold in memory has changed. Redis carries it; without
 * Redis, or while it is away, only this process hears: whoever listens must also be right without hearing, only later.
 */
import { createClient } from 'redis';
import type { Logger } from './log.ts';

export interface Broadcast {
  /** Call it after the commit of the change (`db.afterCommit`). Never throws, never waits. */
  publish(topic: string, message: string): void;
  /** @param listener also hears this process's own messages; `null` = messages may have been missed. @returns stops listening */
  subscribe(topic: string, listener: (message: string | null) => void): () => void;
  close(): Promise<void>;
}

const socket = { connectTimeout: 5_000, reconnectStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 2_000) };

export async function openBroadcast({ redisUrl, prefix, log }: { redisUrl?: string | undefined; prefix: string; log: Pick<Logger, 'warn'> }): Promise<Broadcast> {
  const listeners = new Map<string, Set<(message: string | null) => void>>();
  const tell = (topic: string, message: string | null) => {
    for (const listener of listeners.get(topic) ?? []) listener(message);
  };
  const remote = redisUrl === undefined ? null : await openRemote(redisUrl, `${prefix}:broadcast:`, log, tell, () => [...listeners.keys()]);
  return {
    publish(topic, message) {
      tell(topic, message);
      remote?.publish(topic, message);
    },
    subscribe(topic, listener) {
      const known = listeners.get(topic) ?? new Set();
      listeners.set(topic, known.add(listener));
      return () => known.delete(listener);
    },
    close: async () => remote?.close(),
  };
}

async function openRemote(url: string, prefix: string, log: Pick<Logger, 'warn'>, tell: (topic: string, message: string | null) => void, topics: () => string[]) {
  const sender = createClient({ url, disableOfflineQueue: true, socket });
  const receiver = sender.duplicate();
  // One line an outage; the clients try again by themselves.
  let away = false;
  const onError = (error: Error) => {
    if (!away) log.warn({ err: error }, 'Redis is away: other processes hear of changes later');
    away = true;
  };
  sender.on('error', onError);
  receiver.on('error', onError);
  receiver.on('ready', () => {
    away = false;
    for (const topic of topics()) tell(topic, null);
  });
  void sender.connect().catch(() => {});
  // The client subscribes again by itself after every reconnection.
  void receiver
    .connect()
    .then(() => receiver.pSubscribe(`${prefix}*`, (message, channel) => tell(channel.slice(prefix.length), message)))
    .catch(() => {});
  return {
    publish: (topic: string, message: string) => void (sender.isReady ? sender.publish(prefix + topic, message).catch(() => {}) : undefined),
    async close() {
      sender.destroy();
      receiver.destroy();
    },
  };
}
