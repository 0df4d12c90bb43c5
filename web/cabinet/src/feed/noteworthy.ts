import type { Change } from './changes';

const REMEMBERED = 2_000;
const told = new Set<string>();

/** What is worth telling a person of: one for each dialog, with its last new message. */
export type Noteworthy = Required<Pick<Change, 'dialog' | 'message'>>;

/**
 * Choose the news that a person wants to hear of: a customer's new message in a dialog that is theirs or nobody's.
 * Nothing from before the connection or fetched later, no edit, nothing twice.
 */
export function noteworthy(news: readonly Change[], operatorId: string): Noteworthy[] {
  const found = new Map<string, Noteworthy>();
  for (const { dialog, message } of news) {
    if (!dialog || !message || told.has(message.id)) continue;
    const isNew = message.author.kind === 'customer' && message.source === 'live' && message.version === 1;
    const isOurs = dialog.state === 'new' || dialog.operator?.id === operatorId;
    if (!isNew || !isOurs || dialog.unread_count === 0) continue;
    told.add(message.id);
    found.set(dialog.id, { dialog, message });
  }
  for (const id of [...told].slice(0, Math.max(0, told.size - REMEMBERED))) told.delete(id);
  return [...found.values()];
}
