import type { DialogsQuickAnswerOut } from '~/api';

import type { Draft, DraftFile } from './drafts';
import { type Call, replaced } from './slash';
import { filled, type Variables } from './variables';

/** A draft in which a quick answer stands in place of its call, with its files, and where the caret goes. */
export function draftWith(
  draft: Draft,
  call: Call,
  answer: DialogsQuickAnswerOut,
  variables: Variables,
): Pick<Draft, 'text' | 'files'> & { caret: number } {
  const files: DraftFile[] = answer.files.map((file) => ({
    id: file.id,
    name: file.name ?? answer.shortcut,
    sizeBytes: file.size_bytes,
    mediaType: file.media_type,
    kind: 'document',
    hasPreview: file.has_preview,
  }));
  const fresh = files.filter((file) => draft.files.every((had) => had.id !== file.id));
  const isNote = draft.mode === 'note';
  return {
    ...replaced(draft.text, call, filled(answer.text, variables)),
    files: isNote ? draft.files : [...draft.files, ...fresh],
  };
}
