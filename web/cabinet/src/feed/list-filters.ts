import type { DialogsDialogSummary, DialogsListDialogsOfATabData } from '~/api';

/** What a list of dialogs shows, in the words of the API. */
export type ListFilters = Omit<DialogsListDialogsOfATabData['query'], 'project_id' | 'cursor' | 'limit'>;

/** Whether a dialog belongs into a list: it does, it does not, or only the server knows. */
export type Verdict = 'in' | 'out' | 'unknown';

/** Judge a dialog by a list's filters as `services/dialogs/dialogs/threads/filters.py` does. */
export function judge(filters: ListFilters, dialog: DialogsDialogSummary, operatorId: string): Verdict {
  const answers = [
    ofTab(filters.tab ?? 'all', dialog, operatorId),
    oneOf(filters.integration_id, [dialog.integration_id]),
    oneOf(filters.operator_id, [dialog.operator?.id ?? 'none']),
    oneOf(
      filters.tag_id,
      dialog.tags.map((tag) => tag.id),
    ),
    !filters.active_from || Date.parse(dialog.last_activity_at) >= Date.parse(filters.active_from),
    !filters.active_to || Date.parse(dialog.last_activity_at) < Date.parse(filters.active_to),
    same(filters.important, dialog.important),
    same(filters.unread, dialog.unread_count > 0),
    same(filters.unanswered, dialog.unanswered_since !== null),
  ];
  if (answers.includes(false)) return 'out';
  // Who takes no messages is hidden behind the community's own troubles; what a text is found in, we do not have.
  const isBlockedAsked = filters.blocked !== undefined && filters.blocked !== null;
  return isBlockedAsked || filters.q?.trim() ? 'unknown' : 'in';
}

function ofTab(
  tab: NonNullable<ListFilters['tab']>,
  dialog: DialogsDialogSummary,
  operatorId: string,
): boolean {
  switch (tab) {
    case 'mine':
      return dialog.state === 'taken' && dialog.operator?.id === operatorId;
    case 'all':
      return dialog.state !== 'closed';
    case 'any':
      return true;
    default:
      return dialog.state === tab;
  }
}

function oneOf(wanted: string[] | null | undefined, has: string[]): boolean {
  return !wanted?.length || has.some((one) => wanted.includes(one));
}

function same(wanted: boolean | null | undefined, is: boolean): boolean {
  return wanted === undefined || wanted === null || wanted === is;
}
