import { useMessages } from '~/feed';

/** The highest number of a message that the operator has before them; null before the first. */
export function useSeenNumber(dialogId: string): number | null {
  const { messages } = useMessages(dialogId);
  return messages.reduce<number | null>((highest, { place }) => Math.max(highest ?? 0, place[0] ?? 0), null);
}
