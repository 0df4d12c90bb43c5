import type { QueryClient } from '@tanstack/react-query';

import type { Change } from './changes';
import { projections } from './projections';
import { heardMessage } from './whispers';

const NOUNS: Record<string, string[]> = {
  tag_changed: ['tags'],
  tag_deleted: ['tags'],
  quick_answer_changed: ['quick-answers'],
  quick_answer_deleted: ['quick-answers'],
  integration_changed: ['integrations', 'integration'],
};
const OF_A_DIALOG: Record<string, string> = {
  note_added: 'notes',
  note_changed: 'notes',
  note_deleted: 'notes',
};
const OF_THE_PERSON = new Set(['project_changed', 'project_deleted']);

const standings = new Map<string, string>();

/** Let whatever else shows a part of the news be read again; what is on no screen only becomes stale. */
export function spread(client: QueryClient, news: readonly Change[]): void {
  const keys = new Map<string, readonly unknown[]>();
  const want = (...key: unknown[]) => keys.set(key.join(' '), key);
  for (const change of news) {
    const { kind, project_id: projectId, dialog, message } = change;
    for (const noun of NOUNS[kind] ?? []) want(noun, projectId);
    const noun = OF_A_DIALOG[kind];
    if (noun) want(noun, projectId, dialog?.id ?? change.dialog_id);
    if (OF_THE_PERSON.has(kind)) want('session');
    if (Object.keys(change.counters?.operators ?? {}).length > 0) want('operators', projectId);
    if (dialog && isOtherwise(dialog.id, `${dialog.state} ${dialog.operator?.id}`))
      want('cases', projectId, dialog.id);
    if (dialog && message?.author.kind === 'customer') heardMessage(dialog.id);
  }
  for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
}

/** Let everything of a project be read again that does not follow the stream by itself. */
export function spreadAll(client: QueryClient, projectId: string): void {
  const predicate = ({ queryKey: [noun, of] }: { queryKey: readonly unknown[] }) =>
    of === projectId && projections[String(noun)] === undefined;
  void client.invalidateQueries({ predicate });
}

function isOtherwise(dialogId: string, standing: string): boolean {
  const was = standings.get(dialogId);
  standings.set(dialogId, standing);
  return was !== standing;
}
