import { useCallback } from 'react';

import { useTexts, type Translate } from '~/i18n';
import { useFormats } from '~/i18n/formats';

const SIGNS: Record<number, string> = {
  1: '❤️', 2: '🔥', 3: '😂', 4: '👍', 5: '💩', 6: '❓', 7: '😭', 8: '😡', 9: '👎', 10: '👌', 11: '😃', 12: '🤔',
  13: '🙏', 14: '😘', 15: '😍', 16: '🎉',
}; // prettier-ignore

/** A reaction's sign; those that VK may add one day are told by their number. */
export function reactionSign(number: number): string | null {
  return SIGNS[number] ?? null;
}

/** Give a function that says why VK did not do something. */
export function useReason(): (code: string | null) => string {
  const t = useTexts('thread');
  return useCallback((code) => t(`reason.${code ?? 'other'}`, { defaultValue: t('reason.other') }), [t]);
}

/** A size of a file in words. */
export function sizeText(
  bytes: number | null,
  t: Translate,
  number: (value: number) => string,
): string | null {
  if (bytes === null) return null;
  const [unit, one] = bytes < 1024 ? ['b', 1] : bytes < 1_048_576 ? ['kb', 1024] : ['mb', 1_048_576];
  const value = bytes / one;
  return t(`bytes.${unit}`, {
    value: number(Math.round(value * (value < 10 ? 10 : 1)) / (value < 10 ? 10 : 1)),
  });
}

/** Give a function that says a size in words. */
export function useSize(): (bytes: number | null) => string | null {
  const t = useTexts('thread');
  const { number } = useFormats();
  return useCallback((bytes) => sizeText(bytes, t, number), [t, number]);
}

/** Minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
