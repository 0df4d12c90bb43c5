/**
 * The live feed: the server's data joined from snapshots and the stream. What these hooks give is current at any
 * time; nobody has to refetch it. What a call answered is shown at once by `acceptDialog` and `acceptMessage`.
 */
export { Bell } from './bell';
export type { Presence } from './changes';
export type { CountersByProject } from './counters';
export { acceptDialog, acceptMessage, tellSignedOut } from './feed';
export { type Link, useIsLive, useLink } from './link';
export type { ListFilters } from './list-filters';
export { dropOwnReply, failOwnReply, type OwnReply, showOwnReply } from './own-replies';
export { OfflineBanner } from './offline-banner';
export { useCounters } from './use-counters';
export { useDialog } from './use-dialog';
export { useDialogList } from './use-dialog-list';
export { useFeed } from './use-feed';
export { useMessages } from './use-messages';
export { showPresence, usePresence, useTyping } from './whispers';
